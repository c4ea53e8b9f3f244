package kit.orchestration.examples.node.game;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;

/**
 * The game server of the node's tests: a session for each player, that lasts until the player says goodbye. However
 * slow a machine is, it ends none for that. {@code POST /WORD} at its other port does what an operator, a bug or a node
 * short of memory would do.
 */
public final class PatientGame {

    /** Where players dial. */
    public static final int PORT = 7777;
    /** Where it takes orders. */
    public static final int ORDERS = 7070;

    private static final int BACKLOG = 1_000;
    private static final int PIECE = 16 << 20;

    private final GameServer server;
    private final AtomicBoolean healthy;
    private final List<ByteBuffer> eaten = new CopyOnWriteArrayList<>();

    private PatientGame(GameServer server, AtomicBoolean healthy) {
        this.server = server;
        this.healthy = healthy;
    }

    /** Runs until it is told to end, by SIGTERM. */
    public static void main(String[] arguments) throws IOException {
        AtomicBoolean healthy = new AtomicBoolean(true);
        PatientGame game =
                new PatientGame(GameServer.builder().healthCheck(healthy::get).start(), healthy);
        HttpServer orders = HttpServer.create(new InetSocketAddress(ORDERS), 0);
        orders.createContext("/", game::order);
        orders.start();
        try (ServerSocket door = new ServerSocket(PORT, BACKLOG)) {
            game.server.ready();
            while (true) {
                Socket player = door.accept();
                new Thread(() -> game.receive(player)).start();
            }
        }
    }

    private void receive(Socket player) {
        try (player;
                BufferedReader in = new BufferedReader(new InputStreamReader(player.getInputStream(), UTF_8))) {
            Session session;
            try {
                session = server.start(in.readLine());
            } catch (TokenRefusedException e) {
                say(player, "refused %s: %s".formatted(e.reason(), e.getMessage()));
                return;
            } catch (InterruptedException e) {
                return; // nobody does
            }
            CompletionStage<Void> told = session.ended().thenAccept(reason -> end(player, reason));
            say(player, "in " + session.id());
            in.readLine(); // goodbye, or the player is gone
            session.close();
            told.toCompletableFuture().join();
        } catch (IOException e) {
            System.out.println("a player was lost: " + e);
        }
    }

    private static void end(Socket player, EndReason reason) {
        try {
            say(player, "ended " + reason);
        } catch (IOException e) {
            System.out.println("a player was gone before its session: " + e);
        }
    }

    private static void say(Socket player, String line) throws IOException {
        player.getOutputStream().write((line + "\n").getBytes(UTF_8));
    }

    private void order(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean known = true;
            switch (exchange.getRequestURI().getPath()) {
                case "/ready" -> server.ready();
                case "/unready" -> server.unready();
                case "/drain" -> server.drain();
                case "/ill" -> healthy.set(false);
                case "/eat" -> new Thread(this::eat).start();
                default -> known = false;
            }
            exchange.sendResponseHeaders(known ? 204 : 404, -1);
        }
    }

    /** All memory that it gets, and writes to it. */
    private void eat() {
        while (true) {
            ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
            for (int at = 0; at < PIECE; at += 4_096) {
                piece.put(at, (byte) 1);
            }
            eaten.add(piece);
        }
    }
}
