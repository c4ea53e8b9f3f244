package kit.orchestration.ledger.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** What a kube-apiserver 1.36.3 has answered, byte for byte: {@code src/test/resources/golden/lease}. */
final class Golden {

    private Golden() {}

    static String text(String file) {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/lease/" + file)) {
            return new String(Objects.requireNonNull(in, file).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> lines(String file) {
        return text(file).lines().filter(line -> !line.isEmpty()).toList();
    }

    static Lease lease(String file) {
        return Lease.read(text(file));
    }
}
