// SPDX-License-Identifier: GPL-2.0-or-later
// A client with a pool of connections: asks once, then keeps the connection until the server closes it.
"use strict";

const fs = require("fs");
const https = require("https");

const options = {
    host: process.argv[3], port: 443, servername: "localhost", ca: fs.readFileSync(process.argv[2]),
    agent: new https.Agent({ keepAlive: true, maxSockets: 1 }),
};

const request = https.get(options, (response) => {
    console.log(`status ${response.statusCode}`);
    response.resume();
});
request.on("error", (error) => console.log(`request error: ${error.message}`));
request.on("socket", (socket) => {
    const start = Date.now();
    socket.on("end", () => console.log(`end after ${((Date.now() - start) / 1000).toFixed(1)} s`));
    socket.on("error", (error) => console.log(`socket error: ${error.code} ${error.message}`));
    socket.on("close", (failed) => console.log(`closed, error: ${failed}`));
    // An idle socket of a pool does not keep the program alive; this one shall.
    socket.on("free", () => setImmediate(() => socket.ref()));
});
