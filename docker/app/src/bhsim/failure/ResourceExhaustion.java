package bhsim.failure;

import bhsim.core.Application;
import bhsim.http.Response;
import bhsim.journal.Order;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * More orders at once than the queue in front of the journal holds: the excess is refused, and once
 * the queue is worked off, orders are taken again.
 */
final class ResourceExhaustion implements Scenario {
  private static final String WRITER = "flood";
  private static final int MOST = 1_000_000;

  private final Application application;
  private long sequence;

  ResourceExhaustion(Application application) throws IOException {
    this.application = application;
    this.sequence = Math.max(0, application.store().lastSequence(WRITER));
  }

  @Override
  public void breakDown(int episode) throws IOException {
    AtomicInteger refused = new AtomicInteger();
    for (int i = 1; i <= MOST; i++) {
      application.store().submit(new Order(WRITER, ++sequence, "SKU-0001", 1), outcome -> {
        if (outcome == OrderStore.Outcome.REFUSED) {
          refused.incrementAndGet();
        }
      });
      if (refused.get() > 0) {
        throw new IOException("the queue of orders is full: of " + i + " at once one was refused");
      }
    }
  }

  @Override
  public void mend(int episode) throws IOException {
    Response response = application.client().post("/api/orders",
        "{\"writer\":\"" + WRITER + "\",\"sequence\":" + ++sequence
            + ",\"sku\":\"SKU-0001\",\"quantity\":1}");
    if (response.status() != 201) {
      throw new IOException("an order was answered with " + response.status());
    }
  }
}
