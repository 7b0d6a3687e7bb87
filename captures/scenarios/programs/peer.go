// SPDX-License-Identifier: GPL-2.0-or-later

// A TLS client or server on Go's crypto/tls. The first argument says what it does, see the table in main.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

var (
	address     = flag.String("address", "127.0.0.1:443", "where to connect or to listen")
	authority   = flag.String("ca", "", "file of the trusted authority")
	certificate = flag.String("cert", "", "file of the own certificate")
	key         = flag.String("key", "", "file of the own key")
	keylog      = flag.String("keylog", "", "file that gets the secrets")
	pause       = flag.Duration("pause", 0, "how long to wait before closing")
	version     = flag.String("tls", "1.3", "version of TLS")
)

func must(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func configuration() *tls.Config {
	number := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[*version]
	config := &tls.Config{ServerName: "localhost", MinVersion: number, MaxVersion: number}
	if *keylog != "" {
		file, err := os.OpenFile(*keylog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		must(err)
		config.KeyLogWriter = file
	}
	if *authority != "" {
		text, err := os.ReadFile(*authority)
		must(err)
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(text)
	}
	if *certificate != "" {
		pair, err := tls.LoadX509KeyPair(*certificate, *key)
		must(err)
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

// watched reports how reading from a connection ended; it is what a connection of the pool shows of its end.
type watched struct {
	*tls.Conn
	opened time.Time
	ended  chan struct{}
}

func (w *watched) Read(buffer []byte) (int, error) {
	n, err := w.Conn.Read(buffer)
	if err != nil {
		fmt.Printf("read: %v after %.1f s\n", err, time.Since(w.opened).Seconds())
	}
	return n, err
}

func (w *watched) Close() error {
	err := w.Conn.Close()
	fmt.Println("close:", err)
	close(w.ended)
	return err
}

// pool asks once through net/http and keeps the connection in the pool until the server ends it.
func pool() {
	ended := make(chan struct{})
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		connection, err := tls.Dial(network, *address, configuration())
		if err != nil {
			return nil, err
		}
		return &watched{connection, time.Now(), ended}, nil
	}
	client := &http.Client{Transport: &http.Transport{DialTLSContext: dial}}
	response, err := client.Get("https://localhost/")
	must(err)
	_, err = io.Copy(io.Discard, response.Body)
	must(err)
	response.Body.Close()
	fmt.Println(response.Status)
	<-ended
}

func dial() *tls.Conn {
	connection, err := tls.Dial("tcp", *address, configuration())
	must(err)
	return connection
}

func request(connection *tls.Conn) {
	_, err := io.WriteString(connection, "GET / HTTP/1.0\r\n\r\n")
	must(err)
}

func readAll(connection *tls.Conn) {
	data, err := io.ReadAll(connection)
	fmt.Printf("read %d octets, error: %v\n", len(data), err)
}

// ask asks, reads until the server ends, and closes.
func ask() {
	connection := dial()
	request(connection)
	readAll(connection)
	fmt.Println("close:", connection.Close())
}

// half asks, says at once that it will send no more, and then reads the answer.
func half() {
	connection := dial()
	request(connection)
	fmt.Println("close write:", connection.CloseWrite())
	readAll(connection)
	fmt.Println("close:", connection.Close())
}

// hasty asks and closes without reading anything; what follows the handshake has arrived by then.
func hasty() {
	connection := dial()
	time.Sleep(200 * time.Millisecond)
	request(connection)
	time.Sleep(*pause)
	fmt.Println("close:", connection.Close())
}

func accept() *tls.Conn {
	listener, err := tls.Listen("tcp", *address, configuration())
	must(err)
	connection, err := listener.Accept()
	must(err)
	return connection.(*tls.Conn)
}

const answer = "HTTP/1.0 200 OK\r\n\r\nhello\n"

// serve reads the request, answers, and closes.
func serve() {
	connection := accept()
	_, err := connection.Read(make([]byte, 4096))
	if err != nil {
		fmt.Println("read:", err)
		os.Exit(1)
	}
	_, err = io.WriteString(connection, answer)
	fmt.Println("write:", err)
	fmt.Println("close:", connection.Close())
}

// late reads until the client ends and only then answers and closes.
func late() {
	connection := accept()
	readAll(connection)
	for i := 0; i < 2; i++ {
		_, err := io.WriteString(connection, answer)
		fmt.Println("write:", err)
		time.Sleep(200 * time.Millisecond)
	}
	fmt.Println("close:", connection.Close())
}

func main() {
	actions := map[string]func(){"pool": pool, "ask": ask, "half": half, "hasty": hasty,
		"serve": serve, "late": late}
	action, known := actions[os.Args[1]]
	if !known {
		fmt.Println("unknown action", os.Args[1])
		os.Exit(2)
	}
	must(flag.CommandLine.Parse(os.Args[2:]))
	action()
}
