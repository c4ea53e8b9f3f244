/** The manifests of {@code orchestration-k8s/deploy} on a real API server, each side with its own credentials. */
package kit.orchestration.k8s.deploy;
