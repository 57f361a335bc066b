package bhsim.core;

import bhsim.http.Exchange;
import bhsim.http.HttpError;
import bhsim.http.Response;
import bhsim.journal.Order;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;

/**
 * Asks the stock service how much of an article there is. Each question has a connection of its own
 * and ends in time, so that a service that is slow or dead costs whoever asks for it, and nobody
 * else. For any thread.
 */
final class Stock {
  private static final int CONNECT_MILLIS = 500;
  private static final int READ_MILLIS = 1000;
  private static final int MOST_BYTES = 4096;

  private final String host;
  private final int port;

  /** @param address HOST:PORT */
  Stock(String address) throws Options.BadOption {
    if (!address.matches("[A-Za-z0-9._-]+:[1-9][0-9]{0,4}")) {
      throw new Options.BadOption("--stock=" + address + ": HOST:PORT is expected");
    }
    int colon = address.indexOf(':');
    host = address.substring(0, colon);
    port = Integer.parseInt(address.substring(colon + 1));
  }

  /** The operation: what the service says, or 503 when it does not say it in time. */
  void answer(Exchange exchange) throws HttpError {
    String sku = exchange.parameters().get("sku");
    if (!Order.isName(sku)) {
      throw new HttpError(404, "there is no such article");
    }
    try {
      exchange.respond(Response.json(
          200, "{\"sku\":" + Json.quote(sku) + ",\"available\":" + available(sku) + "}"));
    } catch (IOException e) {
      exchange.respond(Response.error(503, "the stock service does not answer: " + e.getMessage())
                           .header("Retry-After", "1"));
    }
  }

  private long available(String sku) throws IOException {
    HttpURLConnection question =
        (HttpURLConnection) new URL("http", host, port, "/stock/" + sku).openConnection();
    question.setConnectTimeout(CONNECT_MILLIS);
    question.setReadTimeout(READ_MILLIS);
    question.setUseCaches(false);
    question.setRequestProperty("Connection", "close");
    try (InputStream in = question.getInputStream()) {
      if (Json.parseFlat(in.readNBytes(MOST_BYTES)).get("available") instanceof Long available) {
        return available;
      }
      throw new IOException("it says nothing of what is available");
    } catch (Json.BadJson e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      question.disconnect();
    }
  }
}
