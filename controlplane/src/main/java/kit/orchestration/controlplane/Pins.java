package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The versions that {@code go.mod} and {@code go.sum} pin.
 *
 * @param kubernetes such as {@code v1.36.3}
 * @param etcd such as {@code v3.6.8}
 * @param goMod the file itself
 * @param goSum the file itself
 */
record Pins(String kubernetes, String etcd, String goMod, String goSum) {

    private static final Pattern KUBERNETES = Pattern.compile("\\sk8s\\.io/kubernetes (v[0-9.]+)\\s");
    private static final Pattern ETCD = Pattern.compile("\\sgo\\.etcd\\.io/etcd/server/v3 (v[0-9.]+)\\s");

    static Pins read() {
        String goMod = resource("go.mod");
        return new Pins(version(goMod, KUBERNETES), version(goMod, ETCD), goMod, resource("go.sum"));
    }

    /** Names this set of pins: the version, and a digest of everything pinned. */
    String id() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(goMod.getBytes(UTF_8));
            digest.update(goSum.getBytes(UTF_8));
            return kubernetes + "-" + HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a JDK without SHA-256", e);
        }
    }

    /** The version to its minor: {@code v1.36.3} is {@code v1.36.} */
    static String minor(String version) {
        return version.substring(0, version.lastIndexOf('.') + 1);
    }

    private static String version(String goMod, Pattern pattern) {
        Matcher matcher = pattern.matcher(goMod);
        if (!matcher.find()) {
            throw new IllegalStateException("go.mod has no " + pattern);
        }
        return matcher.group(1);
    }

    private static String resource(String name) {
        try (InputStream in = Pins.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no " + name + " beside " + Pins.class + " on the class path");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
