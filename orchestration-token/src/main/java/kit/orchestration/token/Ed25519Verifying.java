package kit.orchestration.token;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;

/** Verifies with Ed25519. */
final class Ed25519Verifying implements Verifying {

    private final Ed25519 ed25519;
    private final PublicKey key;

    Ed25519Verifying(Ed25519 ed25519, PublicKey key) {
        this.ed25519 = ed25519;
        this.key = key;
    }

    @Override
    public boolean verify(byte[] input, byte[] signature) {
        try {
            Signature verifier = ed25519.newSignature();
            verifier.initVerify(key);
            verifier.update(input);
            return verifier.verify(signature);
        } catch (SignatureException notOne) {
            return false; // 64 bytes that are no signature: the JDK throws where others answer false
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("could not verify with Ed25519", e);
        }
    }
}
