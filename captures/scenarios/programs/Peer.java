// SPDX-License-Identifier: GPL-2.0-or-later

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A TLS client on Java's own stack: `Peer AUTHORITY PROTOCOL ask|stalled`. */
class Peer {
    /** Asks, reads the answer, and closes first. */
    static void ask(SSLSocket connection) throws IOException {
        connection.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());
        System.out.println("read " + connection.getInputStream().read(new byte[4096]) + " octets");
        connection.close();
        System.out.println("closed");
    }

    /** Closes while the handshake, in another thread, still waits for the server. */
    static void stalled(SSLSocket connection) throws Exception {
        Thread handshake = new Thread(() -> {
            try {
                connection.startHandshake();
            } catch (IOException error) {
                System.out.println("handshake: " + error);
            }
        });
        handshake.start();
        Thread.sleep(500);
        connection.close();
        System.out.println("closed");
        handshake.join();
    }

    public static void main(String[] arguments) throws Exception {
        KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
        authorities.load(null);
        try (InputStream file = new FileInputStream(arguments[0])) {
            authorities.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(authorities);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        Socket tcp = new Socket("127.0.0.1", 443);
        SSLSocket connection = (SSLSocket) context.getSocketFactory().createSocket(tcp, "localhost", 443, true);
        connection.setEnabledProtocols(new String[] {arguments[1]});
        if (arguments[2].equals("ask")) {
            ask(connection);
        } else {
            stalled(connection);
        }
    }
}
