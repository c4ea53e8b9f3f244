package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import kit.orchestration.Allocation;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** The original words on what an allocation is; those that are a rule's matter are quoted by its tests. */
interface OriginalWords extends ContractTests {

    @Test
    @Quote("attached to the resulting Allocation and visible to the pod")
    default void original_annotationsAreAttachedToTheAllocationAndVisibleToThePod() throws Exception {
        World.Pod pod = world().pod(1);
        Map<String, String> annotations = Map.of("map", "désert ☂", "mode", "", "with space = \"x\"", "a\nb\tc");
        Allocation allocation = world().allocator()
                .allocate(world().request().annotations(annotations).build());

        assertThat(allocation.annotations()).containsAllEntriesOf(annotations);
        Session session = pod.start(allocation);
        assertThat(session.annotations()).isEqualTo(annotations);
        world().eventually(() -> assertThat(pod.log().claims())
                .singleElement()
                .satisfies(claim -> assertThat(claim.annotations()).isEqualTo(annotations)));
    }

    @Test
    @Quote("host:port the client should dial")
    default void original_theAddressIsTheHostAndPortThatThePodGave() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation allocation = world().allocate();
        assertThat(allocation.podAddress()).isEqualTo(pod.hooks().address());
        assertThat(allocation.podAddress().toString())
                .isEqualTo(allocation.podAddress().host() + ":"
                        + allocation.podAddress().port());
    }

    @Test
    @Quote("the slot id within the pod")
    default void original_theSessionIdIsWhatThePodKnowsItsSlotsHolderBy() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation allocation = world().allocate();
        Session session = pod.start(allocation);
        assertThat(session.id()).isEqualTo(allocation.sessionId());
        assertThat(session.slot()).isBetween(0, 1);
        assertThat(world().held()).singleElement().satisfies(held -> {
            assertThat(held.pod()).isEqualTo(pod.name());
            assertThat(held.sessionId()).isEqualTo(session.id());
        });
    }

    @Test
    @Quote("echo the request's annotations plus any added by the allocator")
    default void original_theAllocationEchoesTheAnnotationsPlusThePodsName() throws Exception {
        World.Pod pod = world().pod(2);
        Allocation plain = world().allocate();
        assertThat(plain.annotations()).containsEntry(Allocation.POD_ANNOTATION, pod.name());
        assertThat(plain.annotations().keySet()).allMatch(key -> key.startsWith("orchestration.kit/"));
        Allocation annotated = world().allocator()
                .allocate(world().request().annotations(Map.of("map", "desert")).build());
        assertThat(annotated.annotations())
                .containsEntry("map", "desert")
                .containsEntry(Allocation.POD_ANNOTATION, pod.name());
    }
}
