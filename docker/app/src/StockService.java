import bhsim.core.Launch;
import bhsim.core.Log;
import bhsim.core.Options;
import bhsim.http.Exchange;
import bhsim.http.HttpServer;
import bhsim.http.Limits;
import bhsim.http.Response;
import bhsim.http.Router;
import java.net.InetSocketAddress;

/**
 * What an order system depends on: says how much of an article there is. It stands for a service of
 * somebody else's, and is as small as one can be.
 */
public final class StockService {
  private static final String NAME = "StockService";
  private static final int MOST = 100;

  private StockService() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, StockService::start);
  }

  private static void start(Options options) throws Exception {
    Log log = new Log("bhsim.stock");
    Router router = new Router();
    router.add("stock", "GET", "/stock/{sku}", StockService::answer, Runnable::run);
    HttpServer server = new HttpServer(new InetSocketAddress(options.host(), options.port()),
        Limits.defaults(), router, events(log));
    server.start();
    log.info("ready: " + NAME + " on port " + server.port());
  }

  /** The same article always has the same stock. */
  private static void answer(Exchange exchange) {
    String sku = exchange.parameters().get("sku");
    exchange.respond(
        Response.json(200, "{\"available\":" + Math.floorMod(sku.hashCode(), MOST) + "}"));
  }

  private static HttpServer.Events events(Log log) {
    return new HttpServer.Events() {
      @Override
      public void answered(String operation, int status, long nanos) {}

      @Override
      public void failed(String what, Throwable error) {
        log.error(what, error);
      }
    };
  }
}
