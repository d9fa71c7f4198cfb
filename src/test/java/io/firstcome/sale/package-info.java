/**
 * Whole sales over processes of the packaged application, as in production: what one process cannot
 * show.
 *
 * <p>{@link io.firstcome.sale.Sale} is the crowd, {@link io.firstcome.sale.Site} what it stands in
 * front of, {@link io.firstcome.sale.Audit} the accounts afterwards.
 */
package io.firstcome.sale;
