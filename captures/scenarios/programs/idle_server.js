// SPDX-License-Identifier: GPL-2.0-or-later
// An https server that keeps idle connections for two seconds.
"use strict";

const fs = require("fs");
const https = require("https");

const options = { cert: fs.readFileSync(process.argv[2]), key: fs.readFileSync(process.argv[3]) };
const server = https.createServer(options, (request, response) => response.end("hello\n"));
server.keepAliveTimeout = 2000;
server.listen(443, "127.0.0.1");
