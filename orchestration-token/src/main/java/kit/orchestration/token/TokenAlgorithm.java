package kit.orchestration.token;

/** How a token is signed. There is no third way: {@code none} least of all (RFC 8725, 3.1 and 3.2). */
public enum TokenAlgorithm {
    /** HMAC with SHA-256 (RFC 7518, 3.2): one secret signs and verifies, so it stays in one process. */
    HS256("HS256"),
    /** Ed25519 (RFC 8032, RFC 8037): the private key signs, anyone may verify. */
    ED25519("EdDSA");

    private final String joseName;

    TokenAlgorithm(String joseName) {
        this.joseName = joseName;
    }

    /** The value of the token's {@code alg} header. */
    public String joseName() {
        return joseName;
    }
}
