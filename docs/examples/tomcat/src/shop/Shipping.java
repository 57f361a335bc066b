package shop;

/** What its delivery costs. Swappable as well. */
final class Shipping {
  private Shipping() {}

  static String generation() {
    return "bhsim-generation:0".substring("bhsim-generation:".length());
  }

  static int cents(int articles) {
    return articles > 5 ? 0 : 490;
  }
}
