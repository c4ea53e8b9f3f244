package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private static final PodIdentity POD = new PodIdentity("games", "arena-1", "uid-1", "duel", 2);

    private static Lease read(String json) {
        return Lease.of(LedgerJson.read(json.replace('\'', '"')), 2);
    }

    @Test
    void what_is_created_is_read() {
        Map<String, Object> json =
                LedgerJson.read(Lease.create(POD, "open/boot-1", List.of("0", "1"), Map.of("k", "v")));
        Map<String, Object> meta = new HashMap<>(Lease.object(json.get("metadata")));
        assertThat(meta).containsEntry("name", "orchestration-arena-1").doesNotContainKey("namespace");
        meta.putAll(Map.of("uid", "lease-uid", "resourceVersion", "42"));

        Lease lease = Lease.of(Map.of("metadata", meta), 2);

        assertThat(lease)
                .isEqualTo(new Lease(
                        "lease-uid",
                        42,
                        "uid-1",
                        "duel",
                        "open/boot-1",
                        List.of("0", "1"),
                        List.of(),
                        Map.of("k", "v"),
                        false,
                        false));
        assertThat(lease.openBoot()).isEqualTo("boot-1");
    }

    @Test
    void what_is_not_there_is_read_as_missing() {
        Lease lease = read("{'metadata':{'uid':'u','resourceVersion':'7'}}");

        assertThat(lease.ownerUid()).isEmpty();
        assertThat(lease.pool()).isEmpty();
        assertThat(lease.state()).isNull();
        assertThat(lease.openBoot()).isNull();
        assertThat(lease.slots()).isEqualTo(Arrays.asList(null, null));
    }

    @Test
    void what_is_beyond_the_pod_and_what_is_not_ours_is_told_apart() {
        Lease lease = read("{'metadata':{'uid':'u','resourceVersion':'7','deletionTimestamp':'now',"
                + "'managedFields':[{}],'annotations':{'2':'0','1':'5','else':'x','state':'nonsense'},"
                + "'ownerReferences':[{'kind':'Node','uid':'n'},{'kind':'Pod','uid':'p'}]}}");

        assertThat(lease.beyond()).containsExactly("2");
        assertThat(lease.slots()).isEqualTo(Arrays.asList(null, "5"));
        assertThat(lease.keys()).isEmpty();
        assertThat(lease.ownerUid()).isEqualTo("p");
        assertThat(lease.tracked()).isTrue();
        assertThat(lease.leaving()).isTrue();
        assertThat(lease.state()).isEqualTo("nonsense");
        assertThat(lease.openBoot()).isNull();
    }

    @Test
    void an_object_without_a_version_is_no_lease() {
        assertThatThrownBy(() -> read("{'metadata':{'uid':'u'}}")).isInstanceOf(LedgerFormatException.class);
    }

    @Test
    void a_patch_says_what_it_assumes_before_what_it_does() {
        Lease lease = read("{'metadata':{'uid':'u','resourceVersion':'7','managedFields':[{}]}}");

        assertThat(LeasePatch.of(lease)
                        .testVersion(lease)
                        .slot(1, "0", "1")
                        .remove("2")
                        .text())
                .satisfies(text -> assertThat(
                                LedgerJson.read("{\"ops\":" + text + "}").get("ops"))
                        .isEqualTo(List.of(
                                Map.of("op", "test", "path", "/metadata/uid", "value", "u"),
                                Map.of("op", "add", "path", "/metadata/managedFields", "value", List.of()),
                                Map.of("op", "test", "path", "/metadata/resourceVersion", "value", "7"),
                                Map.of("op", "test", "path", "/metadata/annotations/1", "value", "0"),
                                Map.of("op", "add", "path", "/metadata/annotations/1", "value", "1"),
                                Map.of("op", "remove", "path", "/metadata/annotations/2"))));
    }
}
