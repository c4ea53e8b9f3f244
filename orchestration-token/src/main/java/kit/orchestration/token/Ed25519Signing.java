package kit.orchestration.token;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Signs with Ed25519. A {@link Signature} is not for several threads, and to make one ready costs Corretto as much as
 * the signature itself, so they are kept: as many as ever signed at the same moment. Thread-locals would keep none for
 * virtual threads.
 */
final class Ed25519Signing implements Signing {

    private final Ed25519 ed25519;
    private final PrivateKey key;
    private final Queue<Signature> idle = new ConcurrentLinkedQueue<>();

    Ed25519Signing(Ed25519 ed25519, PrivateKey key) {
        this.ed25519 = ed25519;
        this.key = key;
    }

    @Override
    public byte[] sign(byte[] input) {
        try {
            Signature signature = take();
            signature.update(input);
            byte[] signed = signature.sign();
            idle.add(signature); // not after an exception: its state is unknown then
            return signed;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("could not sign with Ed25519", e);
        }
    }

    @Override
    public String provider() {
        try {
            Signature signature = take();
            idle.add(signature);
            String name = signature.getProvider().toString();
            return ed25519.note().isEmpty() ? name : name + " (" + ed25519.note() + ")";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("could not sign with Ed25519", e);
        }
    }

    private Signature take() throws GeneralSecurityException {
        Signature signature = idle.poll();
        if (signature == null) {
            signature = ed25519.newSignature();
            signature.initSign(key);
        }
        return signature;
    }
}
