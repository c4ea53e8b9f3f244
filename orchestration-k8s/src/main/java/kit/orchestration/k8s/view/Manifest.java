package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;

/**
 * What a pod's manifest says of the sessions that it hosts, and the first thing in it that can't be right: with its
 * key, its value and what it must be, for whoever wrote it.
 */
final class Manifest {

    private static final String WITHOUT_SDK = LedgerNames.SDK_ANNOTATION + ": " + LedgerNames.SDK_NONE;

    private final Pod pod;
    private final Map<String, String> annotations;
    private @Nullable String mistake;
    private @Nullable String addressMistake;
    /** The container's port that players dial, if that is known. */
    private @Nullable Integer dialled;

    final String leaseName;
    final boolean hasSdk;
    /** 0 if the annotation is not there, or can't be read. */
    final int capacity;
    /** Null if it is wrong, or the pod has no IP yet. */
    final @Nullable PodAddress address;

    Manifest(Pod pod, Map<String, String> labels) {
        this.pod = pod;
        annotations = pod.getMetadata().getAnnotations() == null
                ? Map.of()
                : pod.getMetadata().getAnnotations();
        Boolean embeds = read("annotation " + LedgerNames.SDK_ANNOTATION, this::embedsSdk);
        hasSdk = embeds == null || embeds;
        read(
                "label " + LedgerNames.POOL_LABEL,
                () -> Limits.checkPool(labels.getOrDefault(LedgerNames.POOL_LABEL, "")));
        String name = read("", () -> LedgerNames.lease(pod.getMetadata().getName()));
        leaseName = name == null ? "" : name;
        Integer slots = read("annotation " + LedgerNames.CAPACITY_ANNOTATION, this::capacity);
        capacity = slots == null ? 0 : slots;
        address = address();
    }

    /** What is wrong, but for the address; null if nothing is. */
    @Nullable
    String mistake() {
        return mistake;
    }

    /** Why there is no address, though the pod may have one; null if nothing is wrong. */
    @Nullable
    String addressMistake() {
        return addressMistake;
    }

    private Boolean embedsSdk() {
        String text = annotations.get(LedgerNames.SDK_ANNOTATION);
        if (text != null && !text.equals(LedgerNames.SDK_NONE)) {
            throw new IllegalArgumentException("must be " + LedgerNames.SDK_NONE
                    + ", or not there where an SDK is in the pod, was " + Limits.quote(text));
        }
        return text == null;
    }

    private @Nullable Integer capacity() {
        String text = annotations.get(LedgerNames.CAPACITY_ANNOTATION);
        if (text != null) {
            return number(text, Limits.CAPACITY, "");
        }
        if (!hasSdk) {
            throw new IllegalArgumentException(
                    "must say how many sessions the pod hosts at once, since it has " + WITHOUT_SDK);
        }
        return null; // its Lease says it
    }

    private @Nullable PodAddress address() {
        String whole = annotations.get(LedgerNames.ADDRESS_ANNOTATION);
        dialled = address("annotation " + LedgerNames.PORT_ANNOTATION, this::port);
        if (whole != null) {
            addressMistake = null; // the port need not be said then
            return address("annotation " + LedgerNames.ADDRESS_ANNOTATION, () -> PodAddress.parse(whole));
        }
        Integer port = dialled;
        String ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
        return ip == null || port == null ? null : address("the pod's IP", () -> new PodAddress(ip, port, ports()));
    }

    /** What its node hands on to it; null if that is not the port that players dial. */
    @Nullable
    HostPorts hostPorts() {
        List<ContainerPort> handedOn = containerPorts()
                .filter(port -> port.getHostPort() != null && port.getHostPort() > 0)
                .toList();
        return handedOn.stream()
                .filter(this::isDialled)
                .findFirst()
                .map(port -> new HostPorts(port.getHostPort(), named(handedOn.stream(), ContainerPort::getHostPort)))
                .orElse(null);
    }

    /** By the name, if that is what the annotation says: a number may stand there twice, for UDP and for TCP. */
    private boolean isDialled(ContainerPort port) {
        String said = annotations.get(LedgerNames.PORT_ANNOTATION);
        boolean isName = said != null && containerPorts().anyMatch(each -> said.equals(each.getName()));
        return isName
                ? Objects.equals(port.getName(), said)
                : port.getContainerPort().equals(dialled);
    }

    /** As many as an address has. */
    private static Map<String, Integer> named(Stream<ContainerPort> ports, Function<ContainerPort, Integer> number) {
        return ports.filter(port -> port.getName() != null)
                .limit(Limits.PORTS)
                .collect(Collectors.toMap(ContainerPort::getName, number, (one, same) -> one));
    }

    /** Those of the containers' ports that have names. */
    private Map<String, Integer> ports() {
        return named(containerPorts(), ContainerPort::getContainerPort);
    }

    private Stream<ContainerPort> containerPorts() {
        return pod.getSpec().getContainers().stream().flatMap(container -> container.getPorts().stream());
    }

    /** The annotation's port, by its number or its name, else the only one that the pod's containers name. */
    private Integer port() {
        String port = annotations.get(LedgerNames.PORT_ANNOTATION);
        if (port != null) {
            Optional<Integer> named = containerPorts()
                    .filter(each -> port.equals(each.getName()))
                    .map(ContainerPort::getContainerPort)
                    .findFirst();
            return named.isPresent()
                    ? named.get()
                    : number(port, 65_535, " or the name of one of the containers' ports");
        }
        List<Integer> ports = containerPorts()
                .map(ContainerPort::getContainerPort)
                .distinct() // one of UDP and of TCP are the same to whom it is told
                .toList();
        if (ports.size() != 1) {
            throw new IllegalArgumentException("must be the port that players dial, since the pod's containers name "
                    + (ports.isEmpty() ? "none" : ports.size() + ": " + ports));
        }
        return ports.get(0);
    }

    private static int number(String text, int most, String or) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("must be a number from 1 to " + most + or + ", was " + Limits.quote(text));
    }

    private <T extends @Nullable Object> @Nullable T read(String what, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException wrong) {
            if (mistake == null) {
                mistake = told(what, wrong);
            }
            return null;
        }
    }

    private <T> @Nullable T address(String what, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException wrong) {
            addressMistake = told(what, wrong);
            return null;
        }
    }

    private static String told(String what, IllegalArgumentException wrong) {
        String problem = String.valueOf(wrong.getMessage());
        return what.isEmpty() ? problem : what + (problem.startsWith("must") ? " " : ": ") + problem;
    }
}
