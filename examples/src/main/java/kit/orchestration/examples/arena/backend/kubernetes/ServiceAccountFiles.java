package kit.orchestration.examples.arena.backend.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node mounts for a pod's service account, in a folder that this user alone can read.
 *
 * @param folder where the files are
 */
record ServiceAccountFiles(Path folder) {

    /** The file with the token. */
    static final String TOKEN = "token";
    /** The file with the authority of the API server's certificate. */
    static final String CA = "ca.crt";

    /**
     * Writes them.
     *
     * @param ca PEM; null if the JDK trusts the API server's certificate anyway
     */
    static ServiceAccountFiles write(String token, @Nullable String ca) throws IOException {
        Path folder = Files.createTempDirectory("arena-service-account"); // rwx------
        Files.writeString(folder.resolve(TOKEN), token);
        if (ca != null) {
            Files.writeString(folder.resolve(CA), ca);
        }
        return new ServiceAccountFiles(folder);
    }

    /** Deletes them. */
    void delete() throws IOException {
        for (Path file : List.of(folder.resolve(TOKEN), folder.resolve(CA), folder)) {
            Files.deleteIfExists(file);
        }
    }
}
