package bhsim.core;

import bhsim.http.Exchange;
import bhsim.http.HttpError;
import bhsim.http.Response;
import bhsim.journal.Ledger;
import bhsim.journal.Order;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.util.Map;

/** The operations of the order system. Handlers may run on many threads. */
final class Api {
  private final Services services;
  private volatile OrderStore store;

  Api(Services services) {
    this.services = services;
  }

  /** Before this, everything about orders is answered with 503. */
  void open(OrderStore orders) {
    store = orders;
  }

  void quote(Exchange exchange) {
    Quote quote = services.quote(exchange.parameters().get("sku"));
    Response response;
    if (quote.cents() < 0) {
      response = Response.error(404, "there is no such article");
    } else {
      response = Response.json(200,
          "{\"sku\":" + Json.quote(quote.sku()) + ",\"price\":" + price(quote.cents())
              + ",\"discount\":" + quote.discountPercent() + "}");
    }
    version(response, "PricingService", quote.pricingVersion());
    version(response, "DiscountService", quote.discountVersion());
    exchange.respond(response);
  }

  void order(Exchange exchange) throws HttpError {
    Order order = parse(exchange.request().body());
    Decision decision = services.decide(order.sku(), order.quantity());
    if (!decision.accepted()) {
      exchange.respond(
          version(Response.error(422, decision.reason()), "OrderPolicy", decision.version()));
      return;
    }
    orders().submit(order,
        outcome
        -> exchange.respond(version(answer(outcome, order), "OrderPolicy", decision.version())));
  }

  private static Response answer(OrderStore.Outcome outcome, Order order) {
    return switch (outcome) {
      case STORED -> Response.json(201, json(order));
      case DUPLICATE -> Response.error(409, "this writer has an order with this sequence already");
      case REFUSED ->
        Response.error(503, "the order could not be stored").header("Retry-After", "1");
    };
  }

  void lookup(Exchange exchange) throws HttpError, IOException {
    String writer = exchange.parameters().get("writer");
    long sequence = number(exchange.parameters().get("sequence"), "sequence");
    Order order = Order.isName(writer) ? orders().find(writer, sequence) :
        null;
        exchange.respond(order == null ? Response.error(404, "there is no such order")
                                       : Response.json(200, json(order)));
    }

    void ledger(Exchange exchange) throws HttpError, IOException {
      String writer = exchange.parameters().get("writer");
      Map<String, String> query = exchange.request().query();
      long from = number(query.getOrDefault("from", "0"), "from");
      long to = number(query.getOrDefault("to", String.valueOf(Order.LAST_SEQUENCE)), "to");
      if (!Order.isName(writer) || from > to) {
        throw new HttpError(400, "a writer's name and from <= to are expected");
      }
      Ledger.Range range = orders().ledger().range(writer, from, to);
      exchange.respond(Response.json(200,
          "{\"writer\":" + Json.quote(writer) + ",\"from\":" + from + ",\"to\":" + to
              + ",\"count\":" + range.count() + ",\"digest\":\"" + range.digest()
              + "\",\"duplicates\":" + range.duplicates() + ",\"damaged\":" + range.damaged()
              + ",\"last\":" + range.last() + "}"));
    }

    private OrderStore orders() throws HttpError {
      OrderStore orders = store;
      if (orders == null) {
        throw new HttpError(503, "starting");
      }
      return orders;
    }

    private static Order parse(byte[] body) throws HttpError {
      try {
        Map<String, Object> fields = Json.parseFlat(body);
        if (fields.get("writer") instanceof String writer
            && fields.get("sequence") instanceof Long sequence
            && fields.get("sku") instanceof String sku
            && fields.get("quantity") instanceof Long quantity) {
          return new Order(writer, sequence, sku, Math.toIntExact(quantity));
        }
        throw new HttpError(
            400, "writer and sku (strings), sequence and quantity (numbers) are expected");
      } catch (Json.BadJson | IllegalArgumentException | ArithmeticException e) {
        throw new HttpError(400, e.getMessage());
      }
    }

    private static long number(String text, String name) throws HttpError {
      if (!text.matches("[0-9]{1,9}") || Long.parseLong(text) > Order.LAST_SEQUENCE) {
        throw new HttpError(400, name + " is a number from 0 to " + Order.LAST_SEQUENCE);
      }
      return Long.parseLong(text);
    }

    private static String price(int cents) {
      int rest = cents % 100;
      return cents / 100 + (rest < 10 ? ".0" : ".") + rest;
    }

    private static String json(Order order) {
      return "{\"writer\":" + Json.quote(order.writer()) + ",\"sequence\":" + order.sequence()
          + ",\"sku\":" + Json.quote(order.sku()) + ",\"quantity\":" + order.quantity() + "}";
    }

    /**
     * Which generation of a class served this response: the number at the end of the class's
     * marker.
     */
    private static Response version(Response response, String simpleName, String marker) {
      if (!marker.isEmpty()) {
        response.header("X-Version-" + simpleName, marker.substring(marker.lastIndexOf(':') + 1));
      }
      return response;
    }
  }
