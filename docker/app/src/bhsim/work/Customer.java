package bhsim.work;

import bhsim.core.Application;
import bhsim.http.LocalClient;
import bhsim.http.Response;
import java.io.IOException;

/**
 * One customer inside the application's own process: asks prices, orders, and looks its orders up,
 * in the mix of the load profiles (60, 10 and 30 in a hundred), and holds every answer against what
 * it has to be. For one thread.
 */
public final class Customer {
  private static final String ROUND = "OQQLQQLQQL";
  private static final int ARTICLES = 10_000;

  private final LocalClient client;
  private final String writer;
  private long sequence;
  private int step;
  private int article;

  /** Goes on behind the last order of this writer, so that a start on old state is no mistake. */
  public Customer(Application application, String writer) throws IOException {
    this.client = application.client();
    this.writer = writer;
    this.sequence = Math.max(0, application.store().lastSequence(writer));
  }

  /** The next request of the round; null when all is well, else what was wrong. */
  public String next() {
    char what = ROUND.charAt(step);
    step = (step + 1) % ROUND.length();
    try {
      return switch (what) {
        case 'O' -> order();
        case 'L' -> lookup();
        default -> quote();
      };
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private String quote() throws IOException {
    article = (article + 1) % ARTICLES;
    String sku = "SKU-" + (ARTICLES + article + "").substring(1);
    Response response = client.get("/api/quote/" + sku);
    return wrong("the price of " + sku, response, 200, "{\"sku\":\"" + sku + "\",\"price\":");
  }

  private String order() throws IOException {
    String order = json(sequence + 1);
    Response response = client.post("/api/orders", order);
    String wrong = wrong("order " + writer + "/" + (sequence + 1), response, 201, order);
    sequence += wrong == null ? 1 :
          0;
          return wrong;
      }

      private String lookup() throws IOException {
        if (sequence == 0) {
          return quote();
        }
        Response response = client.get("/api/orders/" + writer + "/" + sequence);
        return wrong("order " + writer + "/" + sequence, response, 200, json(sequence));
      }

      private String json(long number) {
        return "{\"writer\":\"" + writer + "\",\"sequence\":" + number
            + ",\"sku\":\"SKU-0042\",\"quantity\":3}";
      }

      private static String wrong(String what, Response response, int status, String begin) {
        if (response.status() == status && response.text().startsWith(begin)) {
          return null;
        }
        return what + " was answered with " + response.status() + " " + response.text();
      }
    }
