package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Signs the control plane's certificates. Made anew for each: its key never leaves this process. */
final class CertificateAuthority {

    private static final String NAME = "orchestration test control plane";
    private static final Duration VALID_FOR = Duration.ofDays(365);
    /** For a clock that was just set back. */
    private static final Duration VALID_BEFORE = Duration.ofHours(1);

    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
    private static final byte[] CLIENT_AUTH = Der.oid("1.3.6.1.5.5.7.3.2");
    private static final byte[] SERVER_AUTH = Der.oid("1.3.6.1.5.5.7.3.1");

    private final SecureRandom random;
    private final KeyPair keys;
    private final byte[] certificate;

    CertificateAuthority(SecureRandom random) throws GeneralSecurityException {
        this.random = random;
        this.keys = Keys.ec();
        this.certificate = sign(
                name(NAME),
                keys.getPublic(),
                extension("2.5.29.19", Der.sequence(Der.yes())),
                // Key usage: signs certificates, and lists of revoked ones.
                extension("2.5.29.15", Der.bits(1, (byte) 0x06)));
    }

    byte[] certificate() {
        return certificate.clone();
    }

    /** A server at 127.0.0.1 and localhost. */
    byte[] server(String name, PublicKey key) throws GeneralSecurityException {
        byte[] alternatives = Der.sequence(
                Der.tagged(0x82, "localhost".getBytes(US_ASCII)), Der.tagged(0x87, new byte[] {127, 0, 0, 1}));
        return sign(
                name(name),
                key,
                usage(),
                extension("2.5.29.37", Der.sequence(SERVER_AUTH)),
                extension("2.5.29.17", alternatives));
    }

    /** A user of Kubernetes: the common name is the user's, organizations are the groups. */
    byte[] client(String user, String group, PublicKey key) throws GeneralSecurityException {
        return sign(name(user, group), key, usage(), extension("2.5.29.37", Der.sequence(CLIENT_AUTH)));
    }

    private byte[] sign(byte[] subject, PublicKey key, byte[]... extensions) throws GeneralSecurityException {
        Instant now = Instant.now();
        byte[] content = Der.sequence(
                Der.tagged(0xa0, Der.integer(BigInteger.TWO)),
                Der.integer(new BigInteger(126, random).setBit(126)),
                ECDSA_WITH_SHA256,
                name(NAME),
                Der.sequence(Der.time(now.minus(VALID_BEFORE)), Der.time(now.plus(VALID_FOR))),
                subject,
                key.getEncoded(),
                Der.tagged(0xa3, Der.sequence(extensions)));
        return Der.sequence(content, ECDSA_WITH_SHA256, Der.bits(0, signature(keys.getPrivate(), content)));
    }

    private static byte[] signature(PrivateKey key, byte[] content) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(content);
        return signature.sign();
    }

    private static byte[] usage() {
        // Key usage: makes digital signatures.
        return extension("2.5.29.15", Der.bits(7, (byte) 0x80));
    }

    private static byte[] extension(String oid, byte[] value) {
        return Der.sequence(Der.oid(oid), Der.octets(value));
    }

    private static byte[] name(String commonName, String... organizations) {
        List<byte[]> parts = new ArrayList<>();
        for (String organization : organizations) {
            parts.add(Der.set(Der.sequence(Der.oid("2.5.4.10"), Der.utf8(organization))));
        }
        parts.add(Der.set(Der.sequence(Der.oid("2.5.4.3"), Der.utf8(commonName))));
        return Der.sequence(parts.toArray(byte[][]::new));
    }
}
