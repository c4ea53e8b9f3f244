package kit.orchestration.sdk.kubernetes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS that trusts the cluster's certificate authorities, and no others. */
final class ClusterTrust {

    private ClusterTrust() {}

    /**
     * TLS with these authorities.
     *
     * @param pem certificates, each {@code BEGIN CERTIFICATE} to {@code END CERTIFICATE}
     * @throws IllegalArgumentException if there is none in it, or one can't be read
     */
    static SSLContext of(String pem) {
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
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            return tls;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "ca must hold certificates in PEM, and can't be read: " + e.getMessage(), e);
        }
    }

    /** TLS as the JDK is set up. */
    static SSLContext system() {
        try {
            return SSLContext.getDefault();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform must have TLS", e);
        }
    }
}
