import bhsim.core.Application;
import bhsim.core.Catalogue;
import bhsim.core.Decision;
import bhsim.core.Options;
import bhsim.core.Quote;
import bhsim.core.Services;
import com.example.orders.OrderPolicy;

/** Section 9.2.7: the order system under a production-like load. */
public final class ProductionSimulationApp {
  private ProductionSimulationApp() {}

  public static void main(String[] arguments) {
    try {
      Options options = Options.parse(arguments, System.getenv()).nothingElse();
      new Application("ProductionSimulationApp", options, services()).start();
    } catch (Options.BadOption e) {
      System.err.println("ProductionSimulationApp: " + e.getMessage());
      System.exit(2);
    } catch (Exception e) {
      System.err.println("ProductionSimulationApp: cannot start: " + e);
      System.exit(1);
    }
  }

  /** The swappable classes, which lie outside every package that the core could name. */
  static Services services() {
    Catalogue catalogue = new Catalogue();
    PricingService pricing = new PricingService(catalogue);
    OrderPolicy policy = new OrderPolicy(catalogue);
    return new Services() {
      @Override
      public Quote quote(String sku) {
        return pricing.quote(sku);
      }

      @Override
      public Decision decide(String sku, int quantity) {
        return policy.decide(sku, quantity);
      }
    };
  }
}
