package kit.orchestration.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkspaceTest {

    @TempDir
    private Path root;

    @Test
    void itIsGoneWhenClosed() throws IOException {
        Workspace workspace = new Workspace(root);
        Files.writeString(
                Files.createDirectories(workspace.folder().resolve("a/b")).resolve("c"), "d");

        workspace.close();

        assertThat(root).isEmptyDirectory();
    }

    @Test
    void whatACrashHasLeftGoesWithTheNextStart() throws IOException {
        Path left = left("orchestration-controlplane-0-1");
        age(left);

        new Workspace(root).close();

        assertThat(root).isEmptyDirectory();
    }

    @Test
    void othersAreLeftAlone() throws IOException {
        Path young = left("orchestration-controlplane-0-2");
        Path foreign = left("someone-else");
        age(foreign);
        try (Workspace mine = new Workspace(root)) {
            age(mine.folder());

            new Workspace(root).close();

            assertThat(root)
                    .isDirectoryContaining(mine.folder()::equals)
                    .isDirectoryContaining(young::equals)
                    .isDirectoryContaining(foreign::equals);
        }
    }

    private Path left(String name) throws IOException {
        Path folder = Files.createDirectory(root.resolve(name));
        Files.writeString(folder.resolve("lock"), "");
        return folder;
    }

    private static void age(Path folder) throws IOException {
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minusSeconds(3600)));
    }
}
