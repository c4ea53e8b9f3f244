package kit.orchestration.agones.standin.replay;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.ListAction;

/** What an allocation does to a list. */
final class ListAssertions {

    private static final int ROOM = 3;
    private static final int VALUES = 5;

    private ListAssertions() {}

    static List<Assertion> all() {
        return List.of(
                new Assertion(
                        "five values into room for three", "OK, 3 of 5 values landed", ListAssertions::beyondTheRoom),
                new Assertion("a value that is there already", "OK, it is there once", ListAssertions::alreadyThere),
                new Assertion("a value twice in one call", "OK, it is there once", ListAssertions::twiceInOneCall),
                new Assertion(
                        "a value added and deleted in one call",
                        "OK, it is there 0 times",
                        ListAssertions::addedAndDeleted),
                new Assertion(
                        "a list that the server does not have",
                        "OK, no such list after it",
                        ListAssertions::unknownList));
    }

    private static String beyondTheRoom(Site site) throws IOException, InterruptedException {
        site.withRoom(0, ROOM);
        List<String> values = site.newValues(VALUES);
        List<String> after = values(site, site.allocate(site.adding(0, values)));
        return "OK, %s of %s values landed"
                .formatted(values.stream().filter(after::contains).count(), VALUES);
    }

    private static String alreadyThere(Site site) throws IOException, InterruptedException {
        List<String> values = site.newValues(1);
        site.fresh(0, values);
        return times(values.get(0), values(site, site.allocate(site.adding(0, values))));
    }

    private static String twiceInOneCall(Site site) throws IOException, InterruptedException {
        site.fresh(0, List.of());
        String value = site.newValues(1).get(0);
        return times(value, values(site, site.allocate(site.adding(0, List.of(value, value)))));
    }

    private static String addedAndDeleted(Site site) throws IOException, InterruptedException {
        site.fresh(0, List.of());
        String value = site.newValues(1).get(0);
        ListAction.Builder action =
                ListAction.newBuilder().addDeleteValues(value).addAddValues(value);
        return times(
                value, values(site, site.allocate(site.request(site.at(0)).putLists(site.list(), action.build()))));
    }

    private static String unknownList(Site site) throws IOException, InterruptedException {
        site.fresh(0, List.of());
        ListAction action =
                ListAction.newBuilder().addAllAddValues(site.newValues(1)).build();
        boolean made = site.allocate(site.request(site.at(0)).putLists("no-such-list", action))
                .containsLists("no-such-list");
        return made ? "OK, the list is there after it" : "OK, no such list after it";
    }

    private static List<String> values(Site site, AllocationResponse answer) {
        return answer.getListsOrThrow(site.list()).getValuesList();
    }

    private static String times(String value, List<String> values) {
        int count = Collections.frequency(values, value);
        return count == 1 ? "OK, it is there once" : "OK, it is there %s times".formatted(count);
    }
}
