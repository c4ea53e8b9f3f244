package kit.orchestration.sdk.kubernetes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trusts the cluster's certificate authorities, and no others. They are asked for in each handshake, since the kubelet
 * replaces the file with them while the pod runs. Safe for any thread.
 */
final class ClusterTrust extends X509ExtendedTrustManager {

    private static final Logger log = LoggerFactory.getLogger(ClusterTrust.class);

    /** A text, and who trusts what it says. */
    private record Read(String pem, X509ExtendedTrustManager manager) {}

    private final Supplier<String> source;
    private volatile Read read;
    /** What is wrong with them, as the log has it already; empty if nothing is. */
    private volatile String told = "";

    private ClusterTrust(Supplier<String> source) {
        this.source = source;
        String pem = source.get();
        this.read = new Read(pem, manager(pem));
    }

    /** TLS with the authorities that the source has at the time, in PEM. */
    static SSLContext of(Supplier<String> source) {
        try {
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, new TrustManager[] {new ClusterTrust(source)}, null);
            return tls;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform must have TLS", e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine) throws CertificateException {
        now().checkServerTrusted(chain, kind, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket) throws CertificateException {
        now().checkServerTrusted(chain, kind, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
        now().checkServerTrusted(chain, kind);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine) throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket) throws CertificateException {
        throw noServer();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
        throw noServer();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return now().getAcceptedIssuers();
    }

    /** As the source says now; if it says nothing that can be read, as before. */
    private X509ExtendedTrustManager now() {
        Read known = read;
        try {
            String pem = source.get();
            if (!pem.equals(known.pem())) {
                known = new Read(pem, manager(pem));
                read = known;
                log.info("the cluster's certificate authorities have changed, and are read anew");
            }
            told = "";
        } catch (IllegalArgumentException | IllegalStateException e) {
            if (!told.equals(e.toString())) {
                told = e.toString();
                log.warn("the cluster's certificate authorities can't be read anew, and are taken as they were", e);
            }
        }
        return known.manager();
    }

    private static X509ExtendedTrustManager manager(String pem) {
        try {
            Collection<? extends Certificate> authorities = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(US_ASCII)));
            if (authorities.isEmpty()) {
                throw new IllegalArgumentException("ca must hold a certificate in PEM, held none");
            }
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate authority : authorities) {
                trusted.setCertificateEntry("ca-" + number++, authority);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            for (TrustManager manager : trust.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new IllegalStateException("every Java platform must have a trust manager for X.509");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "ca must hold certificates in PEM, and can't be read: " + e.getMessage(), e);
        }
    }

    private static CertificateException noServer() {
        return new CertificateException("a pod's SDK calls, and is not called");
    }
}
