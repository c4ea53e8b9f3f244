package kit.orchestration.controlplane;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command lines.
 *
 * @param binaries the programs
 * @param moreOfEtcd flags after ours
 * @param moreOfApiServer flags after ours
 * @param port the API server's
 * @param etcdPort etcd's, for clients
 * @param etcdPeerPort etcd's, for peers, of which there are none
 */
record Flags(
        Binaries binaries,
        List<String> moreOfEtcd,
        List<String> moreOfApiServer,
        int port,
        int etcdPort,
        int etcdPeerPort) {

    Flags {
        moreOfEtcd = List.copyOf(moreOfEtcd);
        moreOfApiServer = List.copyOf(moreOfApiServer);
    }

    String etcdUrl() {
        return "http://127.0.0.1:" + etcdPort;
    }

    String url() {
        return "https://127.0.0.1:" + port;
    }

    List<String> etcd(Path folder) {
        String peer = "http://127.0.0.1:" + etcdPeerPort;
        List<String> command = new ArrayList<>(List.of(
                binaries.etcd().toString(),
                "--name=test",
                "--data-dir=" + folder.resolve("etcd"),
                "--listen-client-urls=" + etcdUrl(),
                "--advertise-client-urls=" + etcdUrl(),
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=test=" + peer,
                // SIGKILL loses nothing that the kernel has; a machine that crashes takes its tests with it.
                "--unsafe-no-fsync",
                // Five minutes of history under load pass the default of 2 GiB.
                "--quota-backend-bytes=8589934592",
                "--log-level=warn"));
        command.addAll(moreOfEtcd);
        return command;
    }

    List<String> apiServer(Path folder, Pki pki) {
        List<String> command = new ArrayList<>(List.of(
                binaries.kubeApiServer().toString(),
                "--etcd-servers=" + etcdUrl(),
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--secure-port=" + port,
                // Nobody reaches it through the Service 'kubernetes'.
                "--endpoint-reconciler-type=none",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--cert-dir=" + folder,
                "--tls-cert-file=" + pki.serverCertificateFile(),
                "--tls-private-key-file=" + pki.serverKeyFile(),
                "--client-ca-file=" + pki.caFile(),
                "--authorization-mode=RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-signing-key-file=" + pki.serviceAccountKeyFile(),
                "--service-account-key-file=" + pki.serviceAccountPublicKeyFile(),
                // Else a token lives for a year, for the sake of pods older than this feature.
                "--service-account-extend-token-expiration=false",
                // It would wait for the controller that makes each namespace's service account 'default'.
                "--disable-admission-plugins=ServiceAccount",
                "--profiling=false"));
        command.addAll(moreOfApiServer);
        return command;
    }
}
