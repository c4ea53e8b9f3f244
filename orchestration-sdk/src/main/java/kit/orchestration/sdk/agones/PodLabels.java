package kit.orchestration.sdk.agones;

import java.util.Map;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Loop;

/**
 * The pod's two labels: which start of its process this is, and whether it takes claims. Each is asked for until the
 * watch shows it. Confined to the pod's {@link Loop}.
 */
final class PodLabels {

    private static final String BOOT = AgonesNames.SDK_PREFIX + AgonesNames.BOOT;
    private static final String OPEN = AgonesNames.SDK_PREFIX + AgonesNames.OPEN;

    private final String boot;
    private final SidecarOrder bootOrder;
    private final SidecarOrder openOrder;

    private boolean open;
    private Map<String, String> shown = Map.of();

    PodLabels(SidecarClient sidecar, String boot, Loop loop) {
        this.boot = boot;
        this.bootOrder = new SidecarOrder(
                "setting the label " + BOOT,
                () -> sidecar.setLabel(AgonesNames.BOOT, boot),
                () -> !isShown(BOOT, boot),
                loop);
        this.openOrder = new SidecarOrder(
                "setting the label " + OPEN,
                () -> sidecar.setLabel(AgonesNames.OPEN, open()),
                () -> !isShown(OPEN, open()),
                loop);
    }

    /** The labels that the GameServer has. */
    void seen(Map<String, String> labels) {
        shown = labels;
    }

    void want(boolean newOpen) {
        if (open != newOpen) {
            open = newOpen;
            openOrder.renew();
        }
    }

    void step() {
        openOrder.step();
        // Closed first: nobody is to see the new boot open before what an earlier process left is gone.
        if (isShown(OPEN, open())) {
            bootOrder.step();
        }
    }

    void stop() {
        bootOrder.stop();
        openOrder.stop();
    }

    /** Whether the GameServer's labels are what they are to be. */
    boolean areShown() {
        return isShown(BOOT, boot) && isShown(OPEN, open());
    }

    /** Whether it takes claims, as far as allocators know. */
    boolean isOpenShown() {
        return areShown() && open;
    }

    /** Whether the boot that the labels name is another process's. */
    boolean isAnotherBoot() {
        return !isShown(BOOT, boot);
    }

    /** Why they are not shown, as far as is known; empty if nothing failed. For any thread. */
    String problem() {
        String problem = openOrder.problem();
        return problem.isEmpty() ? bootOrder.problem() : problem;
    }

    private String open() {
        return open ? AgonesNames.OPEN_TRUE : AgonesNames.OPEN_FALSE;
    }

    private boolean isShown(String name, String value) {
        return value.equals(shown.get(name));
    }
}
