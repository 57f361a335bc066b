package bhsim.work;

import bhsim.core.Application;
import bhsim.core.Decision;
import bhsim.core.Log;
import bhsim.core.Quote;
import bhsim.core.Services;
import java.util.concurrent.TimeUnit;

/**
 * Says when a new version of a class served its first call: "Hot-swap completed for version 17 of
 * PricingService, first served at … ns", on the clock of System.nanoTime, which is CLOCK_MONOTONIC.
 * Every call is looked at, so that the moment is that of the call; a thread of its own calls each
 * service a hundred times a second, so that a swap is seen without a client as well.
 */
public final class SwapWatch implements Services {
  private static final String OWN_THREAD = "swap-watch";
  private static final long PACE_MILLIS = 10;

  private final Services real;
  private final Log log;
  private final Sight pricing = new Sight("PricingService");
  private final Sight discount = new Sight("DiscountService");
  private final Sight policy = new Sight("OrderPolicy");

  public SwapWatch(Services real, Log log) {
    this.real = real;
    this.log = log;
  }

  @Override
  public Quote quote(String sku) {
    Quote quote = real.quote(sku);
    pricing.see(quote.pricingVersion());
    discount.see(quote.discountVersion());
    return quote;
  }

  @Override
  public Decision decide(String sku, int quantity) {
    Decision decision = real.decide(sku, quantity);
    policy.see(decision.version());
    return decision;
  }

  /** Until the application is told to stop. */
  public void start(Application application) {
    Thread thread = new Thread(() -> {
      while (application.isRunning()) {
        try {
          quote("SKU-0001");
          decide("SKU-0001", 1);
          TimeUnit.MILLISECONDS.sleep(PACE_MILLIS);
        } catch (InterruptedException e) {
          return;
        } catch (Throwable e) {
          // A version that does not link: that is for those to tell who asked for it.
          application.failures().report("the swap watch", e);
        }
      }
    }, OWN_THREAD);
    thread.setDaemon(true);
    thread.start();
  }

  /** The version of one class that served last. */
  private final class Sight {
    private final String className;
    private volatile String last;
    private long highest;

    Sight(String className) {
      this.className = className;
    }

    /** A version's marker is a constant of its class: usually the very same string as last time. */
    void see(String marker) {
      if (marker != last && !marker.isEmpty()) {
        changed(marker, System.nanoTime());
      }
    }

    /**
     * Calls that had begun before a swap may end after it with the old version; that a version went
     * back for good, as in a rollback, is seen by the watch's own thread, which makes one call
     * after the other.
     */
    private synchronized void changed(String marker, long nanos) {
      long version = Long.parseLong(marker.substring(marker.lastIndexOf(':') + 1));
      if (last != null && version > highest) {
        log.info("Hot-swap completed for version " + version + " of " + className
            + ", first served at " + nanos + " ns");
      } else if (last != null && version < highest) {
        if (!Thread.currentThread().getName().equals(OWN_THREAD)) {
          return;
        }
        log.info(
            "Version " + version + " of " + className + " serves again, from " + nanos + " ns");
      }
      highest = version;
      last = marker;
    }
  }
}
