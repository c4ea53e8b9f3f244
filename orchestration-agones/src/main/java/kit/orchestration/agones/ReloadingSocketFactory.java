package kit.orchestration.agones;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS with what the certificate files hold when a connection is made. They are read for each one: connections are few
 * and long, a renewed file needs no watcher, and one that was refused for its certificate is made anew with the next.
 */
final class ReloadingSocketFactory extends SSLSocketFactory {

    private static final Logger log = LoggerFactory.getLogger(ReloadingSocketFactory.class);

    private final PemFiles files;
    private volatile PemFiles.Tls last;

    /** Reads the files once, so that what is wrong from the start is told at the start. */
    ReloadingSocketFactory(PemFiles files) throws BadCertificateFileException {
        this.files = files;
        this.last = files.read();
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
        return current().createSocket(socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket() throws IOException {
        return current().createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return current().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return current().createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return current().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return current().createSocket(address, port, localAddress, localPort);
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return last.context().getSocketFactory().getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return last.context().getSocketFactory().getSupportedCipherSuites();
    }

    private SSLSocketFactory current() throws BadCertificateFileException {
        try {
            last = files.read();
        } catch (BadCertificateFileException beingWritten) {
            log.warn("a connection is made with the certificates as they were: {}", beingWritten.getMessage());
        }
        files.checkTime(last);
        return last.context().getSocketFactory();
    }
}
