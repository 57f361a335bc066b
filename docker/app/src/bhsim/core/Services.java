package bhsim.core;

/**
 * The swappable classes, as the core sees them. They lie in packages that the core cannot name (the
 * default one), so each main hands its own in. Implementations are called by many threads at once.
 */
public interface Services {
  Quote quote(String sku);

  Decision decide(String sku, int quantity);
}
