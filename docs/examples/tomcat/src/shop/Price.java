package shop;

/** What an article costs. Swappable: its answers show which version of it made them. */
final class Price {
  private Price() {}

  static String generation() {
    return "bhsim-generation:0".substring("bhsim-generation:".length());
  }

  static int cents(int article) {
    return 100 + article * 37 % 9_900;
  }
}
