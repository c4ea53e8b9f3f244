package kit.orchestration.controlplane;

import java.util.concurrent.CountDownLatch;

/** Starts a control plane, prints the path of its kubeconfig, and stays until it is interrupted (Ctrl-C). */
public final class Main {

    private Main() {}

    /** Standard output has the path of the kubeconfig, alone on its line; standard error the rest. No arguments. */
    public static void main(String[] args) throws InterruptedException {
        ControlPlane plane;
        try {
            plane = ControlPlane.start();
        } catch (ControlPlaneException e) {
            System.err.println("controlplane: " + e.getMessage());
            System.exit(1);
            return;
        }
        System.err.println("controlplane: ready at " + plane.url() + "; Ctrl-C ends it. Try" + " KUBECONFIG="
                + plane.kubeconfig() + " kubectl get namespaces");
        System.out.println(plane.kubeconfig());
        System.out.flush();
        // The shutdown hook ends the control plane.
        new CountDownLatch(1).await();
    }
}
