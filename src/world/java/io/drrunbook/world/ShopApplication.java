package io.drrunbook.world;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Executors;

/** A small shop, a program of its own, whose health page reads the database. Arguments: port, JDBC URL, user. */
public final class ShopApplication {

    private final String url;
    private final String user;
    private final String password;

    private ShopApplication(String url, String user, String password) {
        this.url = url;
        this.user = user;
        this.password = password;
    }

    public static void main(String[] arguments) throws IOException {
        ShopApplication shop = new ShopApplication(arguments[1], arguments[2], System.getenv("SHOP_PASSWORD"));
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])), 0);
        server.createContext("/health", shop::health);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
    }

    private void health(HttpExchange exchange) throws IOException {
        try (Connection connection = DriverManager.getConnection(url, user, password);
                Statement statement = connection.createStatement();
                ResultSet orders = statement.executeQuery("SELECT count(*) FROM orders")) {
            orders.next();
            long count = orders.getLong(1);
            answer(exchange, count > 0 ? 200 : 503, count + " orders\n");
        } catch (SQLException e) {
            answer(exchange, 503, "the shop is down: " + e.getMessage() + "\n");
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
