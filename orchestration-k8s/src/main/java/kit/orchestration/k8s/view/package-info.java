/**
 * What an allocator knows of the cluster, and how well it knows it: the watches, one record per pod with its Lease, the
 * news that follows for each pool. It calls nobody but those whom it tells. Not API.
 */
@NullMarked
package kit.orchestration.k8s.view;

import org.jspecify.annotations.NullMarked;
