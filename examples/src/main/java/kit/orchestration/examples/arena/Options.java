package kit.orchestration.examples.arena;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import kit.orchestration.examples.arena.backend.agones.AgonesTarget;
import kit.orchestration.examples.arena.plant.Plants;

/**
 * What the command line asks for.
 *
 * @param matches how many matches are played
 * @param seed for the schedule and the players' chances
 * @param plant the name of the fault that is built in; empty for none
 * @param kubernetes whether it runs on Kubernetes, and not on Local
 * @param kubeconfig how to reach a cluster that is there already; empty for one of the run's own
 * @param namespace where in that cluster
 * @param image what the pods of a cluster run that is there already; empty if they are processes here
 * @param agones whether it runs on Agones, and not on Local
 * @param target the Agones that is there already; empty for a stand-in of the run's own
 * @param verbose whether every event is logged
 * @param help whether only the usage is wanted
 */
record Options(
        int matches,
        long seed,
        String plant,
        boolean kubernetes,
        Optional<Path> kubeconfig,
        String namespace,
        Optional<String> image,
        boolean agones,
        Optional<AgonesTarget> target,
        boolean verbose,
        boolean help) {

    static final String USAGE = """
            usage: ./arena [options]

            Plays matches on game servers with real sockets, and checks that no session is lost or
            handed out twice and that every bad token is refused. The game servers are in this
            process; on Kubernetes and Agones, each is a process of its own.

              --matches N     how many matches, 1 to 100000 (200)
              --seed N        another schedule (1)
              --plant FAULT   builds in a fault, which must be found: accept, double or lost
              --kubernetes    against a real API server, on a control plane of its own: etcd and
                              kube-apiserver, which are built with Go the first time
              --kubeconfig FILE
                              on the cluster of this kubeconfig's current context instead; pods
                              are Pod objects there and processes here
              --namespace NS  where in it (orchestration)
              --image IMAGE   pods are real there: Deployments of this image, whose players dial
                              ports of their nodes from 31000 on
              --agones        against Agones' allocator and sidecars, which a stand-in plays, with
                              all the vices that we know of the real ones
              --allocator HOST:PORT
                              against this one, a real one, instead; with the options below
              --sidecars PORT,…
                              a game server is started beside each of these sidecars on this
                              machine: the ports that AGONES_SDK_HTTP_PORT would have
              --ca FILE --cert FILE --key FILE
                              the authority of the allocator's certificate, and the client's
                              certificate and key, PEM; or --plaintext, where TLS is off
              --fleet NAME, --namespace NS
                              if they are not to be taken from the sidecars' GameServers
              --list NAME     the list of a GameServer that holds the sessions (sessions)
              --verbose       logs every event, without the grid
              --help          this text

            Exit status: 0 if all is well, 1 if not, 2 if the options are wrong.
            NO_COLOR in the environment: no colours.

            --kubeconfig needs 'kubectl apply -k orchestration-k8s/deploy' done on the cluster, and
            these rights in the namespace: pods: create, get, delete; pods/status: patch;
            serviceaccounts/token: create; leases.coordination.k8s.io: delete. Everything that was
            made is deleted at the end, also after Ctrl-C. Without --image the pods name a node that
            isn't there, so that no kubelet runs them; a cluster's garbage collector of pods deletes
            such after 40 s or more, so keep to the 200 matches there.

            --image needs an image that the nodes have or can pull: examples/target/arena-pod.tar by
            'mvn package -Pimages -DskipTests -pl examples -am'; and these rights beside those above:
            deployments.apps: create, delete; pods: list, watch; pods/log: get.

            --allocator changes nothing in Agones: capacity and region (a label) are the GameServers'
            own, and a server listens where the address and the first port of its status say.""";

    private static final int MOST_MATCHES = 100_000;
    /** Where the manifests are applied to, if nothing else is said. */
    private static final String NAMESPACE = "orchestration";

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException if it is wrong; the message says what
     */
    static Options parse(List<String> arguments) {
        int matches = 200;
        long seed = 1;
        String plant = "";
        boolean verbose = false;
        boolean help = false;
        boolean kubernetes = false;
        Optional<Path> kubeconfig = Optional.empty();
        Optional<String> namespace = Optional.empty();
        Optional<String> image = Optional.empty();
        boolean agones = false;
        AgonesOptions given = new AgonesOptions();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            switch (option) {
                case "--matches" -> matches = (int) number(option, rest, 1, MOST_MATCHES);
                case "--seed" -> seed = number(option, rest, Long.MIN_VALUE, Long.MAX_VALUE);
                case "--plant" -> plant = plant(value(option, rest));
                case "--kubernetes" -> kubernetes = true;
                case "--kubeconfig" -> kubeconfig = Optional.of(file(option, value(option, rest)));
                case "--namespace" -> namespace = Optional.of(value(option, rest));
                case "--image" -> image = Optional.of(value(option, rest));
                case "--agones" -> agones = true;
                case AgonesOptions.PLAINTEXT -> given.set(option, "");
                case AgonesOptions.ALLOCATOR,
                        AgonesOptions.SIDECARS,
                        AgonesOptions.FLEET,
                        AgonesOptions.LIST,
                        AgonesOptions.CA,
                        AgonesOptions.CERT,
                        AgonesOptions.KEY -> given.set(option, value(option, rest));
                case "--verbose" -> verbose = true;
                case "--help" -> help = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        if (kubernetes && agones) {
            throw new IllegalArgumentException("--kubernetes and --agones are two backends: leave one out");
        }
        if (kubeconfig.isPresent() && !kubernetes) {
            throw new IllegalArgumentException("--kubeconfig is for --kubernetes");
        }
        if (image.isPresent() && kubeconfig.isEmpty()) {
            throw new IllegalArgumentException("--image is for --kubeconfig");
        }
        Optional<AgonesTarget> target = given.target(namespace.orElse(null));
        if (target.isPresent() && !agones) {
            throw new IllegalArgumentException("--allocator is for --agones");
        }
        if (namespace.isPresent() && kubeconfig.isEmpty() && target.isEmpty()) {
            throw new IllegalArgumentException("--namespace is for --kubeconfig and --allocator");
        }
        return new Options(
                matches,
                seed,
                plant,
                kubernetes,
                kubeconfig,
                namespace.orElse(NAMESPACE),
                image,
                agones,
                target,
                verbose,
                help);
    }

    private static String plant(String name) {
        if (!Plants.NAMES.contains(name)) {
            throw new IllegalArgumentException("--plant must be one of %s, was %s".formatted(Plants.NAMES, name));
        }
        return name;
    }

    static Path file(String option, String name) {
        Path file = Path.of(name);
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("%s must be a file that can be read, was %s".formatted(option, name));
        }
        return file;
    }

    private static long number(String option, Iterator<String> rest, long min, long max) {
        String value = value(option, rest);
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                "%s must be a whole number from %s to %s, was %s".formatted(option, min, max, value));
    }

    private static String value(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.next();
    }
}
