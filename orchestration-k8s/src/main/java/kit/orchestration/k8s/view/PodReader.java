package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import kit.orchestration.ledger.lease.LeaseApi.Page;

/** Reads the pods of a namespace from JSON, by way of fabric8's model. */
public final class PodReader {

    private record Line(String type, Pod object) {}

    private final KubernetesSerialization json;
    private final Kind<PodView> kind;

    /** Of that namespace. */
    public PodReader(KubernetesSerialization json, String namespace) {
        this.json = json;
        this.kind = new Kind<>(
                "pods",
                "/api/v1/namespaces/" + namespace + "/pods",
                this::page,
                line -> PodView.of(json.unmarshal(line, Line.class).object()),
                pod -> Long.toString(pod.version()));
    }

    /** How pods are listed and watched. */
    public Kind<PodView> kind() {
        return kind;
    }

    /** A pod. */
    public PodView read(String body) {
        return PodView.of(json.unmarshal(body, Pod.class));
    }

    private Page<PodView> page(String body) {
        PodList list = json.unmarshal(body, PodList.class);
        String next = list.getMetadata().getContinue();
        return new Page<>(
                list.getItems().stream().map(PodView::of).toList(),
                list.getMetadata().getResourceVersion(),
                next == null ? "" : next);
    }
}
