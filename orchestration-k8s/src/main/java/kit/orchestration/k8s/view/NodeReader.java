package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeList;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import kit.orchestration.ledger.lease.LeaseApi.Page;

/** Reads the nodes of the cluster from JSON, by way of fabric8's model. */
public final class NodeReader {

    private record Line(String type, Node object) {}

    private final KubernetesSerialization json;

    /** By that model. */
    public NodeReader(KubernetesSerialization json) {
        this.json = json;
    }

    /** How nodes are listed and watched. */
    Kind<NodeFacts> kind() {
        return new Kind<>(
                "nodes",
                "/api/v1/nodes",
                this::page,
                line -> NodeFacts.of(json.unmarshal(line, Line.class).object()),
                node -> Long.toString(node.version()));
    }

    private Page<NodeFacts> page(String body) {
        NodeList list = json.unmarshal(body, NodeList.class);
        String next = list.getMetadata().getContinue();
        return new Page<>(
                list.getItems().stream().map(NodeFacts::of).toList(),
                list.getMetadata().getResourceVersion(),
                next == null ? "" : next);
    }
}
