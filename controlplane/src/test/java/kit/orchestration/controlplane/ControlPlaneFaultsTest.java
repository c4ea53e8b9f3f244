package kit.orchestration.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlPlaneFaultsTest {

    private static final Duration SHORT = Duration.ofMillis(300);

    private static ControlPlane plane;

    @BeforeAll
    static void start() {
        plane = ControlPlane.start();
    }

    @AfterAll
    static void end() {
        plane.close();
    }

    @ParameterizedTest
    @EnumSource
    void whatWasWrittenIsThereAfterAKillAndARestart(Component component) {
        String namespace = plane.newNamespace("kept");
        long pid = plane.pid(component);

        plane.kill(component);

        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(plane.isRunning(component)).isFalse();

        plane.restart(component);

        assertThat(plane.pid(component)).isNotEqualTo(pid);
        plane.api().get("/api/v1/namespaces/" + namespace).ok();
        plane.newNamespace("writable");
    }

    @Test
    void aFrozenServerAnswersNothingUntilItIsThawed() {
        plane.freeze(Component.API_SERVER);
        try {
            assertThatThrownBy(() -> plane.api().get("/version", SHORT))
                    .isInstanceOf(ControlPlaneException.class)
                    .hasCauseInstanceOf(HttpTimeoutException.class);
            assertThat(plane.isRunning(Component.API_SERVER)).isTrue();
        } finally {
            plane.thaw(Component.API_SERVER);
        }

        plane.api().get("/version").ok();
    }

    @Test
    void withEtcdFrozenNothingIsWrittenUntilItIsThawed() {
        String path = "/api/v1/namespaces/" + plane.newNamespace("frozen") + "?resourceVersion=";
        plane.freeze(Component.ETCD);
        try {
            assertThatThrownBy(() -> plane.api().get(path, SHORT)).isInstanceOf(ControlPlaneException.class);
        } finally {
            plane.thaw(Component.ETCD);
        }

        plane.awaitReady();
        plane.api().get(path).ok();
    }

    @Test
    void twoStandSideBySide() {
        ControlPlane other = ControlPlane.shared();
        String namespace = plane.newNamespace("of-one");

        assertThat(other.url()).isNotEqualTo(plane.url());
        assertThat(other.api().get("/api/v1/namespaces/" + namespace).status()).isEqualTo(404);
    }

    @Test
    void closeLeavesNoProcessAndNoFolder() {
        ControlPlane closed = ControlPlane.start();
        Path folder = closed.kubeconfig().getParent();
        assertThat(processes(folder)).as("etcd, kube-apiserver, the guard").hasSize(3);
        closed.freeze(Component.ETCD);

        closed.close();
        closed.close();

        assertThat(processes(folder)).isEmpty();
        assertThat(folder).doesNotExist();
        assertThatThrownBy(() -> closed.restart(Component.ETCD)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aStartThatFailsShowsTheLogAndLeavesNothing() {
        long before = ProcessHandle.current().descendants().count();

        assertThatThrownBy(() ->
                        ControlPlane.builder().apiServerFlag("--no-such-flag").start())
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("kube-apiserver does not run")
                .hasMessageContaining("unknown flag: --no-such-flag");

        assertThat(ProcessHandle.current().descendants().count()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void whenTheJvmDiesEverythingGoes(Death death) throws IOException {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = jvm.inputReader()) {
            Path folder = Path.of(output.readLine()).getParent();
            assertThat(processes(folder)).hasSize(3);

            switch (death) {
                case SIGTERM -> jvm.destroy();
                case SIGKILL -> jvm.destroyForcibly();
            }

            await().atMost(10, TimeUnit.SECONDS).untilAsserted(() -> {
                assertThat(processes(folder)).isEmpty();
                assertThat(folder).doesNotExist();
            });
        } finally {
            jvm.destroyForcibly();
        }
    }

    enum Death {
        SIGTERM,
        SIGKILL
    }

    /** Those whose command line names the folder. */
    private static List<ProcessHandle> processes(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(folder.toString()))
                .toList();
    }
}
