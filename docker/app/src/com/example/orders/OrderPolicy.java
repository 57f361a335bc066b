package com.example.orders;

import bhsim.core.Catalogue;
import bhsim.core.Decision;

/**
 * Which orders are taken. In a named package, because agents differ on those; swapped while it
 * runs.
 */
public final class OrderPolicy {
  private final Catalogue catalogue;
  private int mostPerOrder = 1000;

  public OrderPolicy(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  public Decision decide(String sku, int quantity) {
    String version = "bhsim-generation:0";
    if (catalogue.listPriceCents(sku) < 0) {
      return new Decision(false, "there is no such article", version);
    }
    if (quantity < 1 || quantity > mostPerOrder) {
      return new Decision(false, "an order has 1 to " + mostPerOrder + " pieces", version);
    }
    return new Decision(true, "", version);
  }
}
