package kit.orchestration.token;

/** How a token is signed. There is no third way: {@code none} least of all (RFC 8725, 3.1 and 3.2). */
public enum TokenAlgorithm {
    /** HMAC with SHA-256 (RFC 7518, 3.2): one secret signs and verifies, so it stays in one process. */
    HS256("HS256", 32),
    /**
     * Ed25519 (RFC 8032, RFC 8037): the private key signs, anyone may verify. Its {@code alg} is {@code EdDSA}, which
     * every library reads; the newer name {@code Ed25519} of RFC 9864 few do so far.
     */
    ED25519("EdDSA", 64);

    private final String joseName;
    private final int signatureBytes;

    TokenAlgorithm(String joseName, int signatureBytes) {
        this.joseName = joseName;
        this.signatureBytes = signatureBytes;
    }

    /** The value of the token's {@code alg} header. */
    public String joseName() {
        return joseName;
    }

    int signatureBytes() {
        return signatureBytes;
    }
}
