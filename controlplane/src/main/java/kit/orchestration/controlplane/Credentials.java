package kit.orchestration.controlplane;

/**
 * A client certificate and its key.
 *
 * @param certificatePem the certificate, PEM
 * @param keyPem the private key (RSA, which every client reads), PKCS #8, PEM
 */
public record Credentials(String certificatePem, String keyPem) {

    /** Without the key. */
    @Override
    public String toString() {
        return "Credentials[…]";
    }
}
