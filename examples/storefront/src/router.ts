import { nextTick } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/HomePage.vue') },
    { path: '/c/:slug?', name: 'category', component: () => import('./pages/CategoryPage.vue') },
    { path: '/search', name: 'search', component: () => import('./pages/SearchPage.vue') },
    { path: '/p/:slug', name: 'product', component: () => import('./pages/ProductPage.vue'), props: true },
    { path: '/cart', name: 'cart', component: () => import('./pages/CartPage.vue') },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue') },
    { path: '/checkout', name: 'checkout', component: () => import('./pages/CheckoutPage.vue') },
    { path: '/orders', name: 'orders', component: () => import('./pages/OrdersPage.vue') },
    { path: '/orders/:id', name: 'order', component: () => import('./pages/OrderPage.vue'), props: true },
    { path: '/orders/:id/return', name: 'return', component: () => import('./pages/ReturnPage.vue'), props: true },
    { path: '/:rest(.*)*', name: 'nothing', component: () => import('./pages/NothingPage.vue') },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

/** Whoever cannot see the new page hears that it is one. */
router.afterEach((to, from) => {
  if (to.path !== from.path && from.name) void nextTick(() => document.getElementById('content')?.focus())
})
