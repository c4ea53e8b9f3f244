package kit.orchestration.k8s.deploy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One verb on one resource: what a role's rules come down to. */
record Right(String group, String resource, String verb) {

    /** All that the rules give. */
    static List<Right> of(List<Map<String, Object>> rules) {
        return rules.stream()
                .flatMap(rule -> strings(rule, "apiGroups")
                        .flatMap(group -> strings(rule, "resources")
                                .flatMap(resource ->
                                        strings(rule, "verbs").map(verb -> new Right(group, resource, verb)))))
                .toList();
    }

    /** Rules that give these rights. */
    static List<Map<String, Object>> rules(List<Right> rights) {
        List<Map<String, Object>> rules = new ArrayList<>();
        for (Right right : rights) {
            rules.add(Map.of(
                    "apiGroups",
                    List.of(right.group),
                    "resources",
                    List.of(right.resource),
                    "verbs",
                    List.of(right.verb)));
        }
        return rules;
    }

    /** Whether it lets nobody do anything, and tells the policies whom they hold. */
    boolean isMark() {
        return group.equals("orchestration.kit");
    }

    /** As an access review asks. */
    Map<String, Object> in(String namespace) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("namespace", namespace);
        attributes.put("group", group);
        attributes.put("resource", resource);
        attributes.put("verb", verb);
        return attributes;
    }

    private static Stream<String> strings(Map<String, Object> rule, String field) {
        return ((List<?>) rule.get(field)).stream().map(String::valueOf);
    }

    @Override
    public String toString() {
        return verb + " " + resource;
    }
}
