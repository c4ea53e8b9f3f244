package kit.orchestration.controlplane;

/** A process of the control plane. */
public enum Component {
    /** Where everything is stored. */
    ETCD("etcd"),
    /** What everyone talks to. */
    API_SERVER("kube-apiserver");

    private final String program;

    Component(String program) {
        this.program = program;
    }

    /** The name of its program. */
    public String program() {
        return program;
    }
}
