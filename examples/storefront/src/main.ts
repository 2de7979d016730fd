import { createApp } from 'vue'

import App from './App.vue'
import { i18n } from './lib/i18n'
import { router } from './router'
import './styles/base.css'
import './styles/controls.css'
import './styles/layout.css'
import './styles/browse.css'
import './styles/buying.css'

createApp(App).use(i18n).use(router).mount('#app')
