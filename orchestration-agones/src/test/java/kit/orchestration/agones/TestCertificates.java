package kit.orchestration.agones;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** An authority, made with the JDK's keytool, and what it signs; files in PEM. */
final class TestCertificates {

    /** Guards nothing: it lives as long as a test. */
    private static final String PASSWORD = "changeit";

    private final Path folder;
    private final String authority;

    /** A certificate and its key. */
    record Pair(Path certificate, Path key) {}

    /** Makes the authority, which takes a second. */
    TestCertificates(Path folder, String authority) throws IOException, InterruptedException {
        this.folder = folder;
        this.authority = authority;
        keytool(
                "-genkeypair",
                "-alias",
                authority,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + authority,
                "-ext",
                "bc:c",
                "-validity",
                "30");
        export(authority, authority);
    }

    /** The authority's own certificate. */
    Path ca() {
        return folder.resolve(authority + ".crt");
    }

    /** One that is valid now, for localhost too. */
    Pair sign(String name) throws IOException, InterruptedException {
        return sign(name, "-validity", "30");
    }

    /** With a key as Agones' chart makes it. */
    Pair pkcs1(String name) throws IOException, InterruptedException {
        Pair pair = sign("RSA", name, List.of());
        String base64 = Files.readString(pair.key()).replaceAll("-----[^-]+-----", "");
        byte[] pkcs8 = Base64.getMimeDecoder().decode(base64);
        int before = 26; // of a key of 2,048 bits
        pem(name + ".key", "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, before, pkcs8.length));
        return pair;
    }

    /** One whose time is over. */
    Pair expired(String name) throws IOException, InterruptedException {
        return sign(name, "-startdate", "-10d", "-validity", "5");
    }

    private Pair sign(String name, String... validity) throws IOException, InterruptedException {
        return sign("EC", name, List.of(validity));
    }

    private Pair sign(String algorithm, String name, List<String> validity) throws IOException, InterruptedException {
        Path request = folder.resolve(name + ".csr");
        Path signed = folder.resolve(name + ".signed");
        keytool("-genkeypair", "-alias", name, "-keyalg", algorithm, "-dname", "CN=" + name);
        keytool("-certreq", "-alias", name, "-file", request.toString());
        List<String> sign = new ArrayList<>(List.of(
                "-gencert",
                "-alias",
                authority,
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString(),
                "-ext",
                "san=dns:localhost",
                "-rfc"));
        sign.addAll(validity);
        keytool(sign.toArray(String[]::new));
        keytool("-importcert", "-alias", name, "-file", signed.toString(), "-noprompt");
        return export(name, name);
    }

    private Pair export(String alias, String name) throws IOException {
        try (InputStream in = Files.newInputStream(store())) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            Certificate[] chain = keys.getCertificateChain(alias);
            Path certificate = pem(name + ".crt", "CERTIFICATE", chain[0].getEncoded());
            Path key = pem(
                    name + ".key",
                    "PRIVATE KEY",
                    keys.getKey(alias, PASSWORD.toCharArray()).getEncoded());
            return new Pair(certificate, key);
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private Path pem(String file, String type, byte[] der) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(
                folder.resolve(file), "-----BEGIN %s-----%n%s%n-----END %1$s-----%n".formatted(type, base64), US_ASCII);
    }

    private Path store() {
        return folder.resolve(authority + ".p12");
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", store().toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        Path output = folder.resolve("keytool.out");
        int exit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("keytool failed: " + Files.readString(output));
        }
    }
}
