import bhsim.core.Application;
import bhsim.core.Launch;

/**
 * Section 9.2.7: the order system under a production-like load, which clients bring. With
 * --stock=HOST:PORT it depends on a stock service ({@link StockService}).
 */
public final class ProductionSimulationApp {
  private static final String NAME = "ProductionSimulationApp";

  private ProductionSimulationApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments,
        options -> new Application(NAME, options, new OrderServices()).start(), "stock");
  }
}
