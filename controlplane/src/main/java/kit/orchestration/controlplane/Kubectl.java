package kit.orchestration.controlplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line client, as the administrator of one control plane. Leaves nothing outside its folder. */
final class Kubectl {

    private final Path program;
    private final Path kubeconfig;
    private final Path folder;

    Kubectl(Path program, Path kubeconfig, Path folder) {
        this.program = program;
        this.kubeconfig = kubeconfig;
        this.folder = folder;
    }

    String run(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.add("--kubeconfig=" + kubeconfig);
        command.add("--cache-dir=" + folder.resolve("kubectl-cache"));
        command.addAll(arguments);
        Command.Result result = Command.run(command);
        if (result.exitCode() != 0) {
            throw new ControlPlaneException("'kubectl " + String.join(" ", arguments) + "' ended with "
                    + result.exitCode() + ": " + result.output().strip());
        }
        return result.output();
    }

    void apply(Path manifests) {
        String how = Files.exists(manifests.resolve("kustomization.yaml")) ? "-k" : "-f";
        run(List.of("apply", how, manifests.toString()));
    }

    void apply(Path kustomization, String namespace) {
        try {
            Path overlay = Files.createTempDirectory(folder, "overlay").toRealPath();
            // Kustomize takes no absolute path.
            Path resource = overlay.relativize(kustomization.toRealPath());
            Files.writeString(
                    overlay.resolve("kustomization.yaml"),
                    "namespace: " + namespace + "\nresources: [" + resource + "]\n");
            apply(overlay);
            Folders.delete(overlay);
        } catch (IOException e) {
            throw new ControlPlaneException("could not make an overlay of " + kustomization, e);
        }
    }
}
