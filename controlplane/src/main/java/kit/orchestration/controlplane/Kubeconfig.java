package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;

/** The file that tells clients where a cluster is, and who they are. */
final class Kubeconfig {

    private Kubeconfig() {}

    static String of(String url, String caPem, Credentials user) {
        return """
                apiVersion: v1
                kind: Config
                clusters:
                - name: test
                  cluster:
                    server: %s
                    certificate-authority-data: %s
                users:
                - name: admin
                  user:
                    client-certificate-data: %s
                    client-key-data: %s
                contexts:
                - name: test
                  context:
                    cluster: test
                    user: admin
                current-context: test
                """.formatted(url, base64(caPem), base64(user.certificatePem()), base64(user.keyPem()));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
