package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinariesTest {

    /** Stands in for Go: 'builds' scripts that tell the versions asked for, and counts how often it ran. */
    private static final String GO = """
            #!/bin/sh
            PATH=/usr/bin:/bin
            echo x >>"$COUNT"
            while [ "$1" != -o ]; do
              [ "$1" = -ldflags ] && flags=$2
              shift
            done
            [ "$CGO_ENABLED" = 0 ] && [ -f go.mod ] && [ -f go.sum ] || exit 7
            printf '#!/bin/sh\\necho etcd Version: %s Kubernetes %s\\n' "$ETCD" "${flags##*=}" >"$2"
            chmod +x "$2"
            """;

    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    @Test
    void withoutGoAndWithoutBinariesItSaysWhatToInstall() {
        assertThatThrownBy(() -> find(Map.of("PATH", folder.toString(), "XDG_CACHE_HOME", folder.toString())))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("Install Go")
                .hasMessageContaining("KUBEBUILDER_ASSETS")
                .hasMessageContaining(Pins.read().kubernetes())
                .hasMessageNotContaining("\n");
    }

    @Test
    void assetsAreTakenAndNothingElseIsLookedAt() {
        Path there = Binaries.find().etcd().getParent();

        Binaries binaries = find(Map.of("KUBEBUILDER_ASSETS", there.toString()));

        assertThat(binaries).isEqualTo(Binaries.in(there));
        assertThat(progress.toString(UTF_8)).isEmpty();
    }

    @Test
    void assetsThatLackAProgramAreAnErrorThatNamesIt() throws IOException {
        script(folder.resolve("etcd"), "#!/bin/sh\n");
        script(folder.resolve("kubectl"), "#!/bin/sh\n");

        assertThatThrownBy(() -> find(Map.of("KUBEBUILDER_ASSETS", folder.toString())))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("kube-apiserver is not")
                .hasMessageContaining(folder.toString());
    }

    @Test
    void assetsOfAnotherVersionAreAnErrorThatShowsIt() throws IOException {
        for (String program : List.of("etcd", "kube-apiserver", "kubectl")) {
            script(
                    folder.resolve(program),
                    "#!/bin/sh\necho etcd Version: " + Pins.read().etcd().substring(1) + ", Kubernetes v1.12.0\n");
        }

        assertThatThrownBy(() -> find(Map.of("KUBEBUILDER_ASSETS", folder.toString())))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("kube-apiserver")
                .hasMessageContaining("v1.12.0");
    }

    @Test
    void ofTwoWhoNeedThemAtOnceOneBuilds() throws Exception {
        Map<String, String> environment = withGo(GO);
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            Future<Binaries> one = executor.submit(() -> find(environment));
            Future<Binaries> other = executor.submit(() -> find(environment));

            assertThat(one.get()).isEqualTo(other.get());
        } finally {
            executor.shutdownNow();
        }

        assertThat(Files.readAllLines(folder.resolve("count")))
                .as("one run for each program")
                .hasSize(3);
        assertThat(progress.toString(UTF_8)).contains("building etcd", "built kube-apiserver in");
    }

    @Test
    void theCacheIsFoundAgainWithoutGo() throws IOException {
        Binaries built = find(withGo(GO));

        Binaries found = find(Map.of("HOME", folder.toString(), "XDG_CACHE_HOME", "relative, so to be ignored"));

        assertThat(found).isEqualTo(built);
        assertThat(built.etcd()).startsWith(folder.resolve(".cache/orchestration/controlplane"));
    }

    @Test
    void aBuildThatFailedLeavesNothingAndShowsWhatGoSaid() throws IOException {
        assertThatThrownBy(() -> find(withGo("#!/bin/sh\necho 'go: no such module' >&2\nexit 1\n")))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("no such module");

        assertThat(find(withGo(GO)).isComplete())
                .as("the next build is not in its way")
                .isTrue();
    }

    private Map<String, String> withGo(String script) throws IOException {
        script(Files.createDirectories(folder.resolve("bin")).resolve("go"), script);
        return Map.of(
                "PATH", folder.resolve("bin").toString(),
                "HOME", folder.toString(),
                "COUNT", folder.resolve("count").toString(),
                "ETCD", Pins.read().etcd().substring(1));
    }

    private Binaries find(Map<String, String> environment) {
        return Binaries.find(environment, new PrintStream(progress, true, UTF_8));
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
