/* Half computing, half waiting: java Basket.java SECONDS. A second thread answers over a loopback socket after 40 ms. */
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;

public class Basket {
    static double price(int round) {
        Map<String, Double> prices = new HashMap<>();
        double sum = 0;
        for (int i = 0; i < 20000; i++) {
            prices.merge("item" + (i * 31 + round) % 997, Math.sqrt(i), Double::sum);
        }
        for (double p : prices.values()) {
            sum += p;
        }
        return sum;
    }

    static void answer(ServerSocket server) {
        try (Socket s = server.accept()) {
            InputStream in = s.getInputStream();
            OutputStream out = s.getOutputStream();
            while (in.read() >= 0) {
                Thread.sleep(40);
                out.write(1);
            }
        } catch (Exception e) {
            throw new RuntimeException(e);
        }
    }

    public static void main(String[] args) throws Exception {
        long end = System.nanoTime() + (long) (Double.parseDouble(args[0]) * 1e9);
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread answers = new Thread(() -> answer(server), "answers");
        answers.setDaemon(true);
        answers.start();
        double sum = 0;
        int round = 0;
        try (Socket s = new Socket(server.getInetAddress(), server.getLocalPort())) {
            while (System.nanoTime() < end) {
                long until = System.nanoTime() + 40_000_000L;
                while (System.nanoTime() < until) {
                    sum += price(round++);
                }
                s.getOutputStream().write(1);
                s.getInputStream().read();
            }
        }
        System.out.println(sum);
    }
}
