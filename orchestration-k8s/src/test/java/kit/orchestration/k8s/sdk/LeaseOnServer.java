package kit.orchestration.k8s.sdk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.controlplane.Api;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;

/** A pod's Lease, as an allocator reads and writes it: here with an administrator's rights. */
public record LeaseOnServer(Api api, String namespace, String podName) {

    public String path() {
        return leases() + "/" + LedgerNames.lease(podName);
    }

    public String leases() {
        return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
    }

    public Map<String, Object> metadata() {
        return object(api.get(path()).ok().json().get("metadata"));
    }

    public Map<String, Object> annotations() {
        return object(metadata().get("annotations"));
    }

    public String state() {
        return String.valueOf(annotations().get(LedgerNames.STATE));
    }

    /** The boot that the state names. */
    public String bootId() {
        return LedgerState.parse(state()).bootId();
    }

    public boolean isOpen() {
        return LedgerState.parse(state()).isOpen();
    }

    /** Writes annotations over, as somebody does by hand; null takes one away. */
    public void edit(Map<String, String> annotations) {
        api.mergePatch(path(), LedgerJson.write(Map.of("metadata", Map.of("annotations", annotations))))
                .ok();
    }

    public String uid() {
        return String.valueOf(metadata().get("uid"));
    }

    public LedgerSlot slot(int slot) {
        return LedgerSlot.parse(String.valueOf(annotations().get(LedgerNames.slot(slot))));
    }

    public boolean isFree(int slot) {
        return slot(slot) instanceof Free;
    }

    /** Claims a slot that is free, on an open Lease. */
    public Api.Answer claim(int slot, String sessionId) {
        return claim(state(), Map.of(slot, sessionId), Map.of());
    }

    /** Claims slots on a Lease in that state, and adds keys. */
    public Api.Answer claim(String state, Map<Integer, String> sessions, Map<String, String> keys) {
        List<Map<String, Object>> ops = new ArrayList<>();
        ops.add(op("test", LedgerNames.STATE, state));
        sessions.forEach((slot, sessionId) -> {
            Free free = (Free) slot(slot);
            Held held = free.hold(sessionId, Duration.ofSeconds(60), null, Map.of("map", "dust", "mode", "<&>"));
            ops.add(op("test", LedgerNames.slot(slot), free.format()));
            ops.add(op("replace", LedgerNames.slot(slot), held.format()));
        });
        keys.forEach((kid, text) -> ops.add(op("add", LedgerNames.key(kid), text)));
        return api.jsonPatch(path(), LedgerJson.write(ops));
    }

    /** Marks the claim as released from outside. */
    public void revoke(int slot) {
        Held held = (Held) slot(slot);
        replace(slot, held, held.revoke());
    }

    /** Takes the claim back, as its allocator does when nobody has its token. */
    public void remove(int slot) {
        Held held = (Held) slot(slot);
        replace(slot, held, held.freed());
    }

    private void replace(int slot, LedgerSlot from, LedgerSlot to) {
        String name = LedgerNames.slot(slot);
        api.jsonPatch(
                        path(),
                        LedgerJson.write(List.of(op("test", name, from.format()), op("replace", name, to.format()))))
                .ok();
    }

    static Map<String, Object> op(String op, String annotation, String value) {
        return Map.of("op", op, "path", "/metadata/annotations/" + annotation, "value", value);
    }

    @SuppressWarnings("unchecked")
    public static Map<String, Object> object(Object field) {
        return (Map<String, Object>) Objects.requireNonNullElse(field, Map.of());
    }
}
