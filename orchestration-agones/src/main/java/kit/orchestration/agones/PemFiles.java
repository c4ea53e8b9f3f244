package kit.orchestration.agones;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The files that a connection with mutual TLS needs, in PEM (RFC 7468).
 *
 * @param certificate this client's certificate, and those between it and its authority; null for none
 * @param key its private key without a passphrase, in PKCS #8, or in PKCS #1 as Agones' chart makes it; null for none
 * @param serverCa whom the server's certificate is from; null for the authorities that the JDK trusts
 */
record PemFiles(
        @Nullable Path certificate,
        @Nullable Path key,
        @Nullable Path serverCa) {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s+([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final String[] KEY_ALGORITHMS = {"EC", "RSA", "Ed25519"};
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    /** What PKCS #8 (RFC 5208) puts before the key of PKCS #1 (RFC 8017): version 0, and the algorithm's name. */
    private static final byte[] RSA = HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

    private static final char[] NO_PASSWORD = new char[0];

    /**
     * What the files held when they were read.
     *
     * @param context for connections
     * @param client this client's own certificate; null for none
     */
    record Tls(SSLContext context, @Nullable X509Certificate client) {}

    /** Reads the files. Blocks while it does. */
    Tls read() throws BadCertificateFileException {
        try {
            KeyManagerFactory keys = null;
            X509Certificate[] chain = null;
            if (certificate != null && key != null) {
                chain = readCertificates(certificate);
                PrivateKey own = readKey(key);
                if (!belongTogether(chain[0], own)) {
                    throw new BadCertificateFileException(
                            "certificate %s and key %s must belong together, do not".formatted(certificate, key));
                }
                KeyStore store = emptyStore();
                store.setKeyEntry("client", own, NO_PASSWORD, chain);
                keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                keys.init(store, NO_PASSWORD);
            }
            TrustManagerFactory trust = null;
            if (serverCa != null) {
                KeyStore store = emptyStore();
                int count = 0;
                for (Certificate authority : readCertificates(serverCa)) {
                    store.setCertificateEntry("ca" + count++, authority);
                }
                trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                trust.init(store);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys == null ? null : keys.getKeyManagers(), trust == null ? null : trust.getTrustManagers(), null);
            return new Tls(context, chain == null ? null : chain[0]);
        } catch (IOException | GeneralSecurityException e) {
            if (e instanceof BadCertificateFileException known) {
                throw known;
            }
            // Not as the cause: what a provider says about a key might show some of it.
            throw new BadCertificateFileException(
                    "certificate %s, key %s and server CA %s can't be used together; write them anew"
                            .formatted(certificate, key, serverCa));
        }
    }

    /** Checks the certificate's time, since not every server says what is wrong with a certificate. */
    void checkTime(Tls read) throws BadCertificateFileException {
        if (read.client() != null) {
            try {
                read.client().checkValidity();
            } catch (CertificateExpiredException over) {
                throw new BadCertificateFileException(
                        "this client's certificate %s expired at %s; renew it, its file is read for each connection"
                                .formatted(
                                        certificate, read.client().getNotAfter().toInstant()));
            } catch (CertificateNotYetValidException early) {
                throw new BadCertificateFileException(
                        "this client's certificate %s is valid from %s on; compare the clocks"
                                .formatted(
                                        certificate,
                                        read.client().getNotBefore().toInstant()));
            }
        }
    }

    private static boolean belongTogether(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
        String algorithm = key.getAlgorithm();
        Signature signature = Signature.getInstance(
                switch (algorithm) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    default -> algorithm;
                });
        byte[] probe = {1};
        signature.initSign(key);
        signature.update(probe);
        byte[] signed = signature.sign();
        try {
            signature.initVerify(certificate);
            signature.update(probe);
            return signature.verify(signed);
        } catch (InvalidKeyException | SignatureException another) {
            return false; // a key of another kind
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static X509Certificate[] readCertificates(Path file) throws BadCertificateFileException {
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher block = BLOCK.matcher(read(file));
        while (block.find()) {
            if (block.group(1).equals("CERTIFICATE")) {
                try {
                    byte[] der = Base64.getMimeDecoder().decode(block.group(2));
                    certificates.add((X509Certificate)
                            CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
                } catch (GeneralSecurityException | IllegalArgumentException e) {
                    throw new BadCertificateFileException(file + " holds a damaged certificate; write it anew");
                }
            }
        }
        if (certificates.isEmpty()) {
            throw new BadCertificateFileException(file + " must hold a CERTIFICATE in PEM, holds none");
        }
        return certificates.toArray(X509Certificate[]::new);
    }

    private static PrivateKey readKey(Path file) throws BadCertificateFileException {
        Matcher block = BLOCK.matcher(read(file));
        while (block.find()) {
            boolean isRsa = block.group(1).equals("RSA PRIVATE KEY");
            if (block.group(1).equals("PRIVATE KEY") || isRsa) {
                PrivateKey key = decode(block.group(2), isRsa);
                if (key == null) {
                    throw new BadCertificateFileException(file + " must hold an EC, RSA or Ed25519 key, holds another");
                }
                return key;
            }
            if (block.group(1).endsWith("PRIVATE KEY")) {
                throw new BadCertificateFileException(
                        "%s must hold a PRIVATE KEY (PKCS #8) without a passphrase, holds %s; convert it with: openssl"
                                        .formatted(file, block.group(1))
                                + " pkcs8 -topk8 -nocrypt -in OLD -out NEW, or ask cert-manager for encoding: PKCS8");
            }
        }
        throw new BadCertificateFileException(file + " must hold a PRIVATE KEY in PEM, holds none");
    }

    private static @Nullable PrivateKey decode(String base64, boolean isRsa) {
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                byte[] key = Base64.getMimeDecoder().decode(base64);
                byte[] pkcs8 = isRsa ? der(SEQUENCE, RSA, der(OCTETS, key)) : key;
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException | IllegalArgumentException another) {
                // of another algorithm
            }
        }
        return null;
    }

    /** An element of DER (ITU-T X.690) of these parts, which are of 256 bytes to 64 KiB together, as of any RSA key. */
    private static byte[] der(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteBuffer element = ByteBuffer.allocate(4 + length);
        element.put((byte) tag).put((byte) 0x82).putShort((short) length);
        Arrays.stream(parts).forEach(element::put);
        return element.array();
    }

    private static String read(Path file) throws BadCertificateFileException {
        try {
            return Files.readString(file, US_ASCII);
        } catch (IOException e) {
            throw new BadCertificateFileException(file + " can't be read; is it a file, and ours to read?");
        }
    }
}
