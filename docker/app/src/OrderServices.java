import bhsim.core.Catalogue;
import bhsim.core.Decision;
import bhsim.core.Quote;
import bhsim.core.Services;
import com.example.orders.OrderPolicy;

/** The swappable classes, which lie outside every package that the core could name. */
final class OrderServices implements Services {
  private final Catalogue catalogue = new Catalogue();
  private final PricingService pricing = new PricingService(catalogue);
  private final OrderPolicy policy = new OrderPolicy(catalogue);

  @Override
  public Quote quote(String sku) {
    return pricing.quote(sku);
  }

  @Override
  public Decision decide(String sku, int quantity) {
    return policy.decide(sku, quantity);
  }
}
