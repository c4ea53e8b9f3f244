package kit.orchestration.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertificateAuthorityTest {

    private final CertificateAuthority authority;

    CertificateAuthorityTest() throws Exception {
        authority = new CertificateAuthority(new SecureRandom());
    }

    @Test
    void itsOwnCertificateMaySignOthers() throws Exception {
        X509Certificate certificate = read(authority.certificate());

        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity();
        assertThat(certificate.getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
        assertThat(certificate.getKeyUsage()[5]).as("keyCertSign").isTrue();
    }

    @Test
    void aServersCertificateIsForLoopbackAlone() throws Exception {
        KeyPair keys = Keys.ec();

        X509Certificate certificate = read(authority.server("a server", keys.getPublic()));

        certificate.verify(read(authority.certificate()).getPublicKey());
        assertThat(certificate.getPublicKey()).isEqualTo(keys.getPublic());
        assertThat(certificate.getSubjectAlternativeNames())
                .containsExactlyInAnyOrder(List.of(2, "localhost"), List.of(7, "127.0.0.1"));
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    }

    @Test
    void aClientsCertificateSaysWhoItIs() throws Exception {
        X509Certificate certificate =
                read(authority.client("admin", "system:masters", Keys.rsa().getPublic()));

        certificate.verify(read(authority.certificate()).getPublicKey());
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=admin,O=system:masters");
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(certificate.getKeyUsage()[0]).as("digitalSignature").isTrue();
    }

    private static X509Certificate read(byte[] der) throws Exception {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }
}
